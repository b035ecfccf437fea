"""STS: a role that is assumed has been used."""

from __future__ import annotations

from typing import Any

from trackera_lab import clock
from trackera_lab.context import ACCOUNT


def install() -> None:
    """Note the last use of roles."""
    from moto.iam.models import iam_backends
    from moto.sts.models import STSBackend

    assume = STSBackend.assume_role

    def assume_role(self: Any, region_name: str, *arguments: Any, **named: Any) -> Any:
        answer = assume(self, region_name, *arguments, **named)
        for role in iam_backends[ACCOUNT]["aws"].roles.values():
            if role.arn == answer.role_arn:
                role.last_used, role.last_used_region = clock.naive(), region_name
        return answer

    STSBackend.assume_role = assume_role
