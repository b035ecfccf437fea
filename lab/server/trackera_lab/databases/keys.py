"""Which KMS keys RDS may use: they must exist in the region, be enabled and not be on their way out."""

from __future__ import annotations

from typing import Any

from moto.kms.models import kms_backends

from . import errors

DEFAULT_ALIAS = "alias/aws/rds"


def default_key(account: str, region: str) -> str:
    """The ARN of the key that AWS makes for RDS in every account."""
    return str(find(account, region, DEFAULT_ALIAS).arn)


def usable_key(account: str, region: str, name: str) -> str:
    """The ARN of the key called `name`, refused unless this region's RDS could use it now."""
    if name.startswith("arn:") and name.split(":")[3] != region:
        raise errors.key_not_accessible(name)
    key = find(account, region, name)
    if key.key_state != "Enabled":
        raise errors.key_not_accessible(name)
    return str(key.arn)


def find(account: str, region: str, name: str) -> Any:
    """moto's record of a key, by id, ARN or alias."""
    backend = kms_backends[account][region]
    short = name.split(":", 5)[5] if name.startswith("arn:") else name
    short = short.removeprefix("key/")
    try:
        return backend.describe_key(short)
    except (AttributeError, KeyError):  # the second for an id, the first for an alias that nobody has
        raise errors.key_not_accessible(name) from None
