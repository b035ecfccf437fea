"""The mistakes of a busy year. Each is one function with one sentence that tells how it came about.

Every mistake is of the kind that AWS lets happen; none needs an attacker. They stand in the order in which they
happen, and one that needs another stands after it.
"""

from __future__ import annotations

from collections.abc import Callable

from trackera_lab.estate import (
    mistakes_data,
    mistakes_identity,
    mistakes_network,
    mistakes_outsiders,
    mistakes_storage,
    mistakes_transport,
    mistakes_watching,
)
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
    mistakes_network.open_an_access_list,
    mistakes_network.answer_without_a_token,
    mistakes_network.leave_a_zone,
    mistakes_identity.let_a_vendor_in,
    mistakes_identity.shorten_the_passwords,
    mistakes_identity.move_the_second_factor_of_root,
    mistakes_storage.publish_a_landing_page,
    mistakes_storage.replace_a_bucket_policy,
    mistakes_storage.stop_keeping_versions,
    mistakes_storage.publish_an_image,
    mistakes_storage.forget_a_secret,
    mistakes_watching.lose_the_key_of_the_trail,
    mistakes_watching.silence_an_alarm,
    mistakes_watching.wake_nobody,
    mistakes_watching.lose_the_flow_records,
    mistakes_watching.keep_logs_for_ever,
    mistakes_transport.let_a_certificate_run_out,
    mistakes_transport.listen_without_encryption,
    mistakes_transport.wait_for_a_reboot,
    mistakes_transport.queue_in_the_clear,
    mistakes_transport.send_a_newsletter,
    mistakes_outsiders.open_a_key_to_everybody,
    mistakes_outsiders.hear_everybody,
    mistakes_outsiders.take_from_everybody,
    mistakes_outsiders.let_an_agency_send,
    mistakes_outsiders.drill_without_a_second_factor,
)
"""Every mistake of the drifted estate."""


def apply(company: Company) -> None:
    """Make every mistake."""
    for happen in MISTAKES:
        happen(company)
