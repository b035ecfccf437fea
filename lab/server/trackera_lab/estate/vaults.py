"""AWS Backup: a second line of backups, kept where nobody can delete them, with copies in the recovery region."""

from __future__ import annotations

import datetime

from trackera_lab.context import PRIMARY_REGION, RECOVERY_REGION
from trackera_lab.estate import names, nights, unwritable
from trackera_lab.estate.clients import Clients, dated
from trackera_lab.estate.encryption import Keys

KEPT_DAYS = 35
_NIGHTS = 3


def make(clients: Clients, keys: Keys) -> None:
    """Make the vaults, their locks and the plan that fills them."""
    with dated("-300d"):
        for vault, region in ((names.VAULT, PRIMARY_REGION), (names.RECOVERY_VAULT, RECOVERY_REGION)):
            backup = clients("backup", region)
            backup.create_backup_vault(
                BackupVaultName=vault,
                EncryptionKeyArn=keys.arn(names.BACKUP_KEY, region),
                BackupVaultTags=names.labels(data_class="confidential"),
            )
            backup.put_backup_vault_lock_configuration(
                BackupVaultName=vault, MinRetentionDays=14, MaxRetentionDays=400, ChangeableForDays=3
            )
        clients("backup").create_backup_plan(BackupPlan=_plan(), BackupPlanTags=names.labels())


def _plan() -> dict[str, object]:
    return {"BackupPlanName": names.BACKUP_PLAN, "Rules": [rule()]}


def rule() -> dict[str, object]:
    """Every night into the vault, and from there into the recovery region."""
    copies = names.arn("backup", f"backup-vault:{names.RECOVERY_VAULT}", RECOVERY_REGION)
    return {
        "RuleName": "nightly",
        "TargetBackupVaultName": names.VAULT,
        "ScheduleExpression": "cron(30 4 * * ? *)",
        "ScheduleExpressionTimezone": "Etc/UTC",
        "Lifecycle": {"DeleteAfterDays": KEPT_DAYS},
        "CopyActions": [{"DestinationBackupVaultArn": copies, "Lifecycle": {"DeleteAfterDays": KEPT_DAYS}}],
    }


def fill(resources: dict[str, str]) -> None:
    """The plan ran in the last nights: resources by their ARN with their kind."""
    now = datetime.datetime.now(datetime.timezone.utc)
    for moment in nights.last(_NIGHTS, nights.VAULT, now):
        unwritable.run_plan(moment)
        for arn, kind in resources.items():
            unwritable.back_up(arn, kind, moment)
