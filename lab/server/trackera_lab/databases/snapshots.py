"""Snapshots and automated backups as the interface shows them, each with the real data it stands for."""

from __future__ import annotations

import datetime
from typing import Any

from moto.rds.models import DBSnapshot

from .copies import Copy
from .network import vpc_of


class Snapshot(DBSnapshot):
    """moto's snapshot with a copy of the data, its progress, and the fields that moto leaves out."""

    def __init__(self, backend: Any, database: Any, snapshot_id: str, **kwargs: Any) -> None:
        super().__init__(backend, database, snapshot_id, **kwargs)
        self.copy: Copy | None = None
        self.forgotten = False
        self.status = "creating"
        self.has_data = database.cluster is not None
        self.storage_type = database.storage_type
        self.availability_zone = database.availability_zone
        self.vpc_id = vpc_of(database)
        self.license_model = database.license_model
        self.option_group_name = database.option_group_name
        self.iops = database.iops
        self.snapshot_target = "region"
        self.source_region: str | None = None
        self.source_db_snapshot_identifier: str | None = None

    @property
    def percent_progress(self) -> int:
        """How far the snapshot is."""
        return 100 if self.status == "available" else 0

    def date(self, moment: datetime.datetime) -> None:
        """Say when it was taken: a backup in the background belongs to the moment of its cause."""
        self.created = moment
        self.original_snapshot_create_time = moment

    def release(self) -> None:
        """Give the data up."""
        self.forgotten = True
        if self.copy is not None:
            self.copy.release()
            self.copy = None


class AutomatedBackup:
    """The automated backup of one instance, as DescribeDBInstanceAutomatedBackups shows it."""

    COPIED = (
        "db_instance_arn",
        "dbi_resource_id",
        "region",
        "db_instance_identifier",
        "allocated_storage",
        "port",
        "availability_zone",
        "master_username",
        "engine",
        "engine_version",
        "license_model",
        "iops",
        "storage_throughput",
        "option_group_name",
        "storage_type",
        "kms_key_id",
        "backup_retention_period",
        "preferred_backup_window",
        "iam_database_authentication_enabled",
        "tag_list",
    )

    def __init__(self, instance: Any, status: str) -> None:
        for name in self.COPIED:
            setattr(self, name, getattr(instance, name))
        self.instance = instance
        self.status = status
        self.encrypted = instance.storage_encrypted
        self.vpc_id = vpc_of(instance)
        self.backup_target = "region"
        self.instance_create_time = instance.instance_create_time
        identifier = instance.dbi_resource_id.removeprefix("db-").lower()
        self.db_instance_automated_backups_arn = (
            f"arn:{instance.partition}:rds:{instance.region}:{instance.account_id}:auto-backup:ab-{identifier}"
        )
        self._latest = instance.latest_restorable_time

    @property
    def restore_window(self) -> dict[str, datetime.datetime | None]:
        """From when to when a restore can reach; a retained backup keeps its last window."""
        return {"EarliestTime": self.instance.earliest_restorable_time(), "LatestTime": self._latest}
