"""KMS: the keys that AWS manages, predefined aliases, and what is said about rotation."""

from __future__ import annotations

import datetime
import functools
import json
from typing import Any

from trackera_lab import clock

_MANAGED = "alias/aws/"
_DAYS = 365


def install() -> None:
    """Correct moto's KMS."""
    _material()
    _descriptions()
    _managed_keys()
    _aliases()
    _rotation()


def _material() -> None:
    """moto makes an RSA key for every symmetric key, which takes long and is never used; one serves for all."""
    from moto.kms import models

    generate = models.generate_private_key

    @functools.cache
    def unused() -> Any:
        return generate("SYMMETRIC_DEFAULT")

    models.generate_private_key = lambda spec: unused() if spec == "SYMMETRIC_DEFAULT" else generate(spec)


def _descriptions() -> None:
    """A key that was not told what it is for is for encryption, in one region."""
    from moto.kms.models import Key

    describe = Key.to_dict

    def to_dict(self: Any) -> dict[str, Any]:
        about: dict[str, Any] = describe(self)
        metadata = about["KeyMetadata"]
        metadata["KeyUsage"] = metadata["KeyUsage"] or "ENCRYPT_DECRYPT"
        metadata["MultiRegion"] = bool(metadata["MultiRegion"])
        return about

    Key.to_dict = to_dict


def _managed_keys() -> None:
    """A key becomes AWS's own by the `aws/` alias that moto gives it on first use."""
    from moto.kms.models import KmsBackend

    create_alias = KmsBackend.create_alias

    def marking(self: Any, target_key_id: str, alias_name: str) -> Any:
        alias = create_alias(self, target_key_id, alias_name)
        if alias_name.startswith(_MANAGED):
            key = self.keys[self.get_key_id(target_key_id)]
            key.key_manager = "AWS"
            key.key_rotation_status = True
        return alias

    KmsBackend.create_alias = marking


def _aliases() -> None:
    """AWS lists its predefined aliases at once, but without a key until something has needed one."""
    from moto.kms.responses import KmsResponse

    list_aliases = KmsResponse.list_aliases

    def honest(self: Any) -> str:
        answer = json.loads(list_aliases(self))
        for alias in answer["Aliases"]:
            if alias.get("TargetKeyId") not in self.kms_backend.keys:
                alias.pop("TargetKeyId", None)
        return json.dumps(answer)

    KmsResponse.list_aliases = honest


def _rotation() -> None:
    """Rotation has a period and a next date, and only keys that KMS made itself can have any."""
    from moto.kms.responses import KmsResponse

    enable = KmsResponse.enable_key_rotation

    def enabling(self: Any) -> str:
        answer = enable(self)
        key = self.kms_backend.describe_key(self._get_param("KeyId"))
        key.rotation_period = self._get_param("RotationPeriodInDays") or _DAYS
        key.rotation_enabled_at = clock.now()
        return answer

    def status(self: Any) -> str:
        self._validate_cmk_id(self._get_param("KeyId"))
        key = self.kms_backend.describe_key(self._get_param("KeyId"))
        answer: dict[str, Any] = {"KeyId": key.id, "KeyRotationEnabled": _rotates(key)}
        if answer["KeyRotationEnabled"]:
            period = getattr(key, "rotation_period", _DAYS)
            answer["RotationPeriodInDays"] = period
            answer["NextRotationDate"] = _next_rotation(key, period).timestamp()
        return json.dumps(answer)

    KmsResponse.enable_key_rotation = enabling
    KmsResponse.get_key_rotation_status = status


def _rotates(key: Any) -> bool:
    eligible = key.key_spec == "SYMMETRIC_DEFAULT" and key.origin == "AWS_KMS" and key.key_state != "PendingDeletion"
    return bool(key.key_rotation_status and eligible)


def _next_rotation(key: Any, period: int) -> datetime.datetime:
    """The first multiple of the period after now."""
    made = datetime.datetime.fromtimestamp(key.creation_date, datetime.timezone.utc)
    since = getattr(key, "rotation_enabled_at", made)
    periods = max((clock.now() - since).days // period + 1, 1)
    return since + datetime.timedelta(days=period * periods)
