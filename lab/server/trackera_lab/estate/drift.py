"""The mistakes of a busy year. Each is one function with one sentence that tells how it came about.

Every mistake is of the kind that AWS lets happen; none needs an attacker. They stand in the order in which they
happen, and one that needs another stands after it.
"""

from __future__ import annotations

from collections.abc import Callable

from trackera_lab.estate import mistakes_data, mistakes_identity, mistakes_network
from trackera_lab.estate.company import Company

MISTAKES: tuple[Callable[[Company], None], ...] = (
    mistakes_network.open_ssh_in_two_halves,
    mistakes_network.widen_a_prefix_list,
    mistakes_network.use_the_default_group,
    mistakes_identity.keep_an_old_key,
    mistakes_identity.make_a_spare_key,
    mistakes_identity.lose_a_second_factor,
    mistakes_identity.add_a_third_administrator,
    mistakes_identity.allow_all_but_the_bill,
    mistakes_identity.sign_in_as_root,
    mistakes_data.publish_a_reporting_database,
    mistakes_data.share_a_snapshot_with_everybody,
    mistakes_data.publish_a_plain_disk,
    mistakes_data.stop_encrypting_disks,
    mistakes_data.open_an_export_bucket,
    mistakes_data.make_a_key_that_stays,
    mistakes_data.miss_the_dumps,
    mistakes_network.forget_a_server,
)
"""Every mistake of the drifted estate."""


def apply(company: Company) -> None:
    """Make every mistake."""
    for happen in MISTAKES:
        happen(company)
