"""What one running lab is: its name, its directory, its address. Values only; nothing here acts."""

from __future__ import annotations

import dataclasses
import pathlib

ACCOUNT = "000000000000"
"""The sentinel account: no real account has this number, so lab and real findings can never be mixed up."""

PRIMARY_REGION = "eu-central-1"
RECOVERY_REGION = "eu-west-1"
HOME_REGION = "us-east-1"
"""Where the services without a region of their own (IAM, Route 53, the list of buckets) live."""

CALLER = f"arn:aws:iam::{ACCOUNT}:user/trackera-lab"
"""Whom refusals name as the caller."""


@dataclasses.dataclass(frozen=True)
class Context:
    """One lab. Handed to every part that keeps files or needs the endpoint."""

    name: str
    home: pathlib.Path
    port: int
    account: str = ACCOUNT
    primary_region: str = PRIMARY_REGION
    recovery_region: str = RECOVERY_REGION

    @property
    def endpoint(self) -> str:
        """The address that AWS clients are given."""
        return f"http://127.0.0.1:{self.port}"
