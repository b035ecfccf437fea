"""Snapshots, copies of snapshots, and automated backups: the calls and what they start."""

from __future__ import annotations

import datetime
import logging
from typing import Any

from moto.rds.exceptions import SnapshotQuotaExceededFault
from moto.rds.models import DBSnapshot

from . import errors, keys
from .base import Base, exclusive
from .instances import Instance
from .snapshots import AutomatedBackup, Snapshot
from .work import Stage, nothing

_log = logging.getLogger(__name__)


class Backups(Base):
    """The backup side of one region."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.retained: dict[str, AutomatedBackup] = {}

    # Snapshots

    def record(self, instance: Instance, identifier: str, **named: Any) -> Snapshot:
        """Note a snapshot that is about to be taken."""
        if identifier in self.database_snapshots:
            raise errors.snapshot_exists(identifier)
        if len(self.database_snapshots) >= self.SNAPSHOT_QUOTA:
            raise SnapshotQuotaExceededFault()
        snapshot = Snapshot(self, instance, identifier, **named)
        self.database_snapshots[identifier] = snapshot
        return snapshot

    def take(self, snapshot: Snapshot, instance: Instance) -> None:
        """Fill a snapshot with the instance's data as it is now."""
        if instance.cluster is not None and snapshot.copy is None:
            snapshot.copy = self.fleet.copies.take(instance.cluster)
        snapshot.status = "available"

    @exclusive
    def create_db_snapshot(
        self,
        db_instance_identifier: str,
        db_snapshot_identifier: str,  # type: ignore[override]
        tags: Any = None,
        **_: Any,
    ) -> Snapshot:
        instance = self.available_instance(db_instance_identifier)
        snapshot = self.record(instance, db_snapshot_identifier, tags=tags)
        snapshot.add_event("DB_SNAPSHOT_CREATE_MANUAL_START")
        self.fleet.work.begin(
            instance,
            [Stage("backing-up", lambda: self._take_if_possible(snapshot, instance))],
            "available",
            lambda: snapshot.add_event("DB_SNAPSHOT_CREATE_MANUAL_FINISH"),
        )
        return snapshot

    def _take_if_possible(self, snapshot: Snapshot, instance: Instance) -> None:
        """A snapshot that cannot be taken fails alone; one that an outage interrupts is taken afterwards."""
        try:
            self.take(snapshot, instance)
        except Exception:
            if self.fleet.work.is_down(instance.region) or not instance.is_running():
                raise
            _log.exception("the snapshot %s could not be taken", snapshot.db_snapshot_identifier)
            snapshot.status = "failed"

    @exclusive
    def copy_db_snapshot(
        self,
        source_db_snapshot_identifier: str,  # type: ignore[override]
        target_db_snapshot_identifier: str,
        kms_key_id: str | None = None,
        tags: Any = None,
        copy_tags: bool | None = False,
        **_: Any,
    ) -> Snapshot:
        source = self.snapshot(source_db_snapshot_identifier)
        if source.status != "available":
            raise errors.invalid_snapshot_state(
                f"The snapshot {source.db_snapshot_identifier} is not available: it is {source.status}."
            )
        key = self._key_for_copy(source, kms_key_id)
        copied_tags = source.tags if copy_tags and not tags else tags
        target = self.record(
            source.database,
            target_db_snapshot_identifier,
            original_created_at=source.original_snapshot_create_time,
            kms_key_id=key,
        )
        target.tags = copied_tags or []
        target.instance_create_time = source.instance_create_time
        target.has_data = source.has_data
        target.source_db_snapshot_identifier = source.arn
        target.source_region = source.region if source.region != self.region_name else None
        self.fleet.work.begin(target, [Stage("copying", lambda: self._copy(source, target))], "available")
        return target

    def _key_for_copy(self, source: Snapshot, wanted: str | None) -> str | None:
        if wanted is not None:
            return keys.usable_key(self.account_id, self.region_name, wanted)
        if source.encrypted and source.region != self.region_name:
            raise errors.invalid_value("Must specify new KMS key for cross region encrypted snapshot copy.")
        return source.kms_key_id

    def _copy(self, source: Snapshot, target: Snapshot) -> None:
        if self.fleet.work.is_down(source.region):
            raise RuntimeError(f"{source.region} went dark before the snapshot was copied")
        if source.has_data and target.copy is None:
            if source.copy is None:
                raise RuntimeError("the source of the copy was deleted meanwhile")
            target.copy = source.copy.hold()

    @exclusive
    def delete_db_snapshot(self, db_snapshot_identifier: str) -> Snapshot:  # type: ignore[override]
        snapshot = self.snapshot(db_snapshot_identifier)
        if snapshot.snapshot_type == "automated":
            raise errors.invalid_snapshot_state(
                f"Cannot delete the automated snapshot {db_snapshot_identifier}: it ends with its retention period."
            )
        if snapshot.status not in ("available", "failed"):
            raise errors.invalid_snapshot_state(
                f"Cannot delete the snapshot {db_snapshot_identifier}: it is {snapshot.status}."
            )
        self.fleet.work.begin(snapshot, [Stage("deleting", nothing)], None, lambda: self.drop(snapshot))
        return snapshot

    def drop(self, snapshot: Snapshot) -> None:
        """Forget a snapshot and give up its data."""
        self.database_snapshots.pop(snapshot.db_snapshot_identifier, None)
        snapshot.release()

    def describe_db_snapshots(
        self,
        db_instance_identifier: str | None,  # type: ignore[override]
        db_snapshot_identifier: str | None = None,
        snapshot_type: str | None = None,
        filters: dict[str, Any] | None = None,
    ) -> list[DBSnapshot]:
        if db_snapshot_identifier and db_snapshot_identifier.startswith("arn:"):
            db_snapshot_identifier = db_snapshot_identifier.split(":", 6)[6]
        if db_snapshot_identifier and not db_instance_identifier:
            self.snapshot(db_snapshot_identifier)
        return super().describe_db_snapshots(db_instance_identifier, db_snapshot_identifier, snapshot_type, filters)

    # Automated backups

    def backing_up(self, instance: Instance) -> list[Stage]:
        if not instance.backup_retention_period:
            return []
        moment = instance.created
        return [Stage("backing-up", lambda: self.back_up(instance, moment))]

    def back_up(self, instance: Instance, moment: datetime.datetime) -> Snapshot:
        """An automated backup that counts as taken at `moment`, and a base for restores to later moments."""
        identifier = f"rds:{instance.db_instance_identifier}-{moment:%Y-%m-%d-%H-%M}"
        with self.fleet.lock:
            snapshot = self.database_snapshots.get(identifier)
            if snapshot is None:
                instance.add_event("DB_INSTANCE_BACKUP_START")
                snapshot = self.record(instance, identifier, snapshot_type="automated")
                snapshot.date(moment)
        self.take(snapshot, instance)
        if snapshot.copy is not None:
            instance.bases.append(snapshot.copy.hold())
        instance.add_event("DB_INSTANCE_BACKUP_FINISH")
        return snapshot

    def end_backups(self, instance: Instance) -> None:
        """Delete the automated snapshots of an instance and the bases of its restores."""
        for snapshot in list(self.database_snapshots.values()):
            if snapshot.snapshot_type == "automated" and snapshot.dbi_resource_id == instance.dbi_resource_id:
                self.drop(snapshot)
        self.fleet.forget_bases(instance)

    @exclusive
    def describe_db_instance_automated_backups(  # type: ignore[override]
        self,
        db_instance_identifier: str | None = None,
        dbi_resource_id: str | None = None,
        filters: Any = None,
        db_instance_automated_backups_arn: str | None = None,
        **_: Any,
    ) -> list[AutomatedBackup]:
        wanted = {item["Name"]: list(item["Values"]) for item in filters or []}
        for name, value in (
            ("db-instance-id", db_instance_identifier),
            ("dbi-resource-id", dbi_resource_id),
            ("arn", db_instance_automated_backups_arn),
        ):
            if value:
                wanted[name] = [value]
        return [backup for backup in self.automated_backups() if matches(backup, wanted)]

    def automated_backups(self) -> list[AutomatedBackup]:
        """Those of living instances and those that were retained."""
        living = [
            AutomatedBackup(instance, "active" if instance.bases or instance.cluster is None else "creating")
            for instance in self.databases.values()
            if instance.backup_retention_period
        ]
        return living + list(self.retained.values())

    @exclusive
    def delete_db_instance_automated_backup(
        self,
        dbi_resource_id: str | None = None,
        db_instance_automated_backups_arn: str | None = None,
        **_: Any,
    ) -> AutomatedBackup:
        """Delete a retained backup; that of a living instance goes with its retention period only."""
        for backup in self.automated_backups():
            if dbi_resource_id == backup.dbi_resource_id or (
                db_instance_automated_backups_arn == backup.db_instance_automated_backups_arn
            ):
                break
        else:
            raise errors.automated_backup_not_found(str(dbi_resource_id or db_instance_automated_backups_arn))
        if backup.dbi_resource_id not in self.retained:
            raise errors.invalid_backup_state(
                "The backup belongs to an instance: set its retention period to 0 instead."
            )
        del self.retained[backup.dbi_resource_id]
        self.end_backups(backup.instance)
        if backup.instance.cluster is not None:
            backup.instance.cluster.remove()
        backup.status = "deleting"
        return backup


def matches(backup: AutomatedBackup, wanted: dict[str, list[str]]) -> bool:
    """Whether a backup passes the filters of a describe call."""
    values = {
        "status": backup.status,
        "db-instance-id": backup.db_instance_identifier,
        "dbi-resource-id": backup.dbi_resource_id,
        "arn": backup.db_instance_automated_backups_arn,
    }
    for name, accepted in wanted.items():
        if name not in values:
            raise errors.invalid_value(f"Unrecognized filter name: {name}")
        if values[name] not in accepted and not (name == "db-instance-id" and backup.db_instance_arn in accepted):
            return False
    return True
