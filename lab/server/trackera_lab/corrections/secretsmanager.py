"""Secrets Manager: the dates of secrets, which moto takes from the machine's clock, and when one was last read."""

from __future__ import annotations

import types
from typing import Any

from trackera_lab import clock

_DAY = 86_400


def install() -> None:
    """Correct moto's secrets."""
    from moto.secretsmanager import models

    models.time = types.SimpleNamespace(time=clock.timestamp)  # type: ignore[attr-defined]
    _descriptions(models)
    _rotations(models)
    _readings(models)


def _descriptions(models: Any) -> None:
    """What does not apply to a secret is left out of its description."""
    describe = models.FakeSecret.to_dict

    def to_dict(self: Any) -> dict[str, Any]:
        about: dict[str, Any] = describe(self)
        if not about.get("RotationLambdaARN"):
            about.pop("RotationLambdaARN", None)
        if hasattr(self, "accessed_on"):
            about["LastAccessedDate"] = self.accessed_on
        return about

    models.FakeSecret.to_dict = to_dict


def _rotations(models: Any) -> None:
    """Without a function that makes a new value, a rotation keeps the old one; it counts as a change."""
    rotate = models.SecretsManagerBackend.rotate_secret

    def rotate_secret(self: Any, secret_id: str, *arguments: Any, **named: Any) -> Any:
        answer = rotate(self, secret_id, *arguments, **named)
        secret = self.secrets[secret_id]
        secret.last_changed_date = int(clock.timestamp())
        current = secret.versions.get(secret.default_version_id, {})
        if not {"secret_string", "secret_binary"} & set(current):
            current["secret_string"] = secret.secret_string
        return answer

    models.SecretsManagerBackend.rotate_secret = rotate_secret


def _readings(models: Any) -> None:
    """AWS notes the day on which a secret was last read."""
    read = models.SecretsManagerBackend.get_secret_value

    def get_secret_value(self: Any, secret_id: str, *arguments: Any, **named: Any) -> Any:
        answer = read(self, secret_id, *arguments, **named)
        self.secrets[secret_id].accessed_on = int(clock.timestamp()) // _DAY * _DAY
        return answer

    models.SecretsManagerBackend.get_secret_value = get_secret_value
