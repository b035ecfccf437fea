"""AWS Backup: vaults that count what lies in them, and keys that they have without being told."""

from __future__ import annotations

from typing import Any

from trackera_lab.context import ACCOUNT


def install() -> None:
    """Correct moto's vaults. What lies in them is told by `stubs/backups.py`."""
    from moto.backup.models import Vault

    from trackera_lab.databases import keys

    initialise, describe = Vault.__init__, Vault.to_list_dict

    def born(self: Any, *arguments: Any, **named: Any) -> None:
        self.recovery_points = []
        initialise(self, *arguments, **named)
        region = self.backup_vault_arn.split(":")[3]
        self.encryption_key_arn = self.encryption_key_arn or keys.usable_key(ACCOUNT, region, "alias/aws/backup")

    def to_list_dict(self: Any) -> dict[str, Any]:
        return {**describe(self), "VaultType": "BACKUP_VAULT", "VaultState": "AVAILABLE"}

    Vault.__init__ = born
    Vault.to_list_dict = to_list_dict
    Vault.num_of_recovery_points = property(lambda vault: len(vault.recovery_points), lambda vault, number: None)
