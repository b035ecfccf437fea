"""What AWS itself would write and offers no call for: automated snapshots, interfaces of its own services, leftovers.

The only module besides `hostile` that reaches into moto. It must change nothing that a call could change.
"""

from __future__ import annotations

import copy
import datetime
from typing import Any

from trackera_lab.context import ACCOUNT, PRIMARY_REGION, RECOVERY_REGION
from trackera_lab.estate import names


def drop_access_lists(region: str, vpc: str) -> None:
    """The access lists of a network go with it; moto leaves them behind."""
    from moto.ec2.models import ec2_backends

    lists = ec2_backends[ACCOUNT][region].network_acls
    for name in [name for name, found in lists.items() if found.vpc_id == vpc]:
        del lists[name]


def separate_replica(region: str, key: str) -> None:
    """Aliases and the place among its siblings belong to one region's key; moto shares them with its replica."""
    from moto.kms.models import kms_backends

    replica = kms_backends[ACCOUNT][region].keys[key]
    replica.aliases = {}
    replica.multi_region_configuration = copy.deepcopy(replica.multi_region_configuration)


def hand_to_service(region: str, interface: str) -> None:
    """An interface belongs to a service of AWS and is in use by it."""
    from moto.ec2.models import ec2_backends

    found = ec2_backends[ACCOUNT][region].enis[interface]
    found.requester_managed = True
    found.status = "in-use"


def note_key_of_snapshot(region: str, snapshot: str) -> None:
    """A disk snapshot is encrypted with its volume's key, which moto forgets to say."""
    from moto.ec2.models import ec2_backends

    found = ec2_backends[ACCOUNT][region].snapshots[snapshot]
    found.kms_key_id = found.volume.kms_key_id


def never_write(bucket: str, key: str) -> None:
    """An object did not come about; where it is locked, no call could take it away."""
    from moto.s3.models import s3_backends

    del s3_backends[ACCOUNT]["aws"].get_bucket(bucket).keys[key]


def take_automated_snapshot(region: str, manual: str, moment: datetime.datetime) -> str:
    """RDS took its nightly snapshot at `moment`; it holds what the `manual` one holds. Gives the snapshot's name."""
    instance = _rds(region).database_snapshots[manual].db_instance_identifier
    snapshot = clone_snapshot(region, manual, f"rds:{instance}-{moment:%Y-%m-%d-%H-%M}")
    snapshot.snapshot_type = "automated"
    snapshot.created = snapshot.original_snapshot_create_time = moment.replace(tzinfo=None)
    name: str = snapshot.db_snapshot_identifier
    return name


def clone_snapshot(region: str, source: str, name: str) -> Any:
    """One more snapshot that stands for the same data as `source`, under any name at all."""
    snapshots = _rds(region).database_snapshots
    snapshot = copy.copy(snapshots[source])
    snapshot.db_snapshot_identifier = name
    snapshot.attributes = copy.deepcopy(snapshot.attributes)
    data = getattr(snapshot, "copy", None)
    if data is not None:
        data.hold()
    snapshots[name] = snapshot
    return snapshot


def forget_automated_snapshots(region: str, instance: str) -> None:
    """Drop the snapshots that were taken by themselves when the instance was made."""
    snapshots = _rds(region).database_snapshots
    for name in [name for name in snapshots if name.startswith(f"rds:{instance}-")]:
        del snapshots[name]


def use_role(name: str, region: str, moment: datetime.datetime) -> None:
    """A server or a service acted in a role."""
    from moto.iam.models import iam_backends

    role = iam_backends[ACCOUNT]["aws"].get_role(name)
    role.last_used, role.last_used_region = moment.replace(tzinfo=None), region


def back_up(resource: str, kind: str, moment: datetime.datetime) -> None:
    """AWS Backup ran its plan for a resource: a recovery point in the vault, and its copy in the recovery region."""
    name = resource.rpartition(":")[2].rpartition("/")[2]
    source = _vault(PRIMARY_REGION, names.VAULT)
    _put_recovery_point(source, resource, kind, f"awsbackup:job-{name}-{moment:%Y%m%d}", moment)
    copied = moment + datetime.timedelta(minutes=50)
    target = _vault(RECOVERY_REGION, names.RECOVERY_VAULT)
    point = _put_recovery_point(target, resource, kind, f"awsbackup:copy-{name}-{moment:%Y%m%d}", copied)
    point["SourceBackupVaultArn"] = source.backup_vault_arn


def _put_recovery_point(vault: Any, resource: str, kind: str, name: str, moment: datetime.datetime) -> dict[str, Any]:
    from trackera_lab.estate.vaults import KEPT_DAYS

    region = vault.backup_vault_arn.split(":")[3]
    service = resource.split(":")[2]
    point = {
        "RecoveryPointArn": names.arn(service, f"snapshot:{name}", region),
        "BackupVaultName": vault.backup_vault_name,
        "BackupVaultArn": vault.backup_vault_arn,
        "ResourceArn": resource,
        "ResourceType": kind,
        "ResourceName": resource.rpartition(":")[2].rpartition("/")[2],
        "IamRoleArn": names.arn("iam", f"role/{names.BACKUP_ROLE}"),
        "Status": "COMPLETED",
        "IsEncrypted": True,
        "EncryptionKeyArn": vault.encryption_key_arn,
        "CreationDate": moment,
        "CompletionDate": moment + datetime.timedelta(minutes=12),
        "BackupSizeInBytes": 21_474_836_480,
        "Lifecycle": {"DeleteAfterDays": KEPT_DAYS},
        "CalculatedLifecycle": {"DeleteAt": moment + datetime.timedelta(days=KEPT_DAYS)},
    }
    vault.recovery_points.append(point)
    return point


def run_plan(moment: datetime.datetime) -> None:
    """A backup plan started its work."""
    from moto.backup.models import backup_backends

    for plan in backup_backends[ACCOUNT][PRIMARY_REGION].plans.values():
        plan.last_execution_date = moment.timestamp()


def break_trail(region: str, name: str, since: datetime.datetime, error: str) -> None:
    """A trail could not deliver to its bucket any more."""
    from moto.cloudtrail.models import cloudtrail_backends

    status = cloudtrail_backends[ACCOUNT][region].trails[name].status
    status.broken_since, status.broken_by = since.replace(tzinfo=None), error


def _vault(region: str, name: str) -> Any:
    from moto.backup.models import backup_backends

    return backup_backends[ACCOUNT][region].vaults[name]


def _rds(region: str) -> Any:
    from moto.rds.models import rds_backends

    return rds_backends[ACCOUNT][region]
