"""Changes to instances that exist: modify, reboot, stop, start, promote, delete."""

from __future__ import annotations

import datetime
from typing import Any

from moto.ec2.models import ec2_backends
from moto.rds.models import DBInstance

from . import errors, lifecycle
from .backups import Backups
from .base import exclusive
from .copies import now
from .creation import SHORTEST_PASSWORD, Creation
from .instances import DELETABLE_STATES, Instance
from .placement import check_groups
from .snapshots import AutomatedBackup, Snapshot
from .work import Stage, nothing

DEFERRED = {
    "db_instance_class": "DBInstanceClass",
    "allocated_storage": "AllocatedStorage",
    "multi_az": "MultiAZ",
    "engine_version": "EngineVersion",
    "storage_type": "StorageType",
    "iops": "Iops",
    "port": "Port",
    "ca_certificate_identifier": "CACertificateIdentifier",
    "storage_throughput": "StorageThroughput",
    "license_model": "LicenseModel",
    "new_db_instance_identifier": "DBInstanceIdentifier",
}
"""What waits for the maintenance window or a reboot, unless the call says ApplyImmediately."""
NEVER_STORED = frozenset({"apply_immediately", "db_instance_identifier", "allow_major_version_upgrade"})
RESTART_DAYS = 7


class Changes(Creation, Backups):
    """The calls that change instances of one region."""

    # Modify and reboot

    @exclusive
    def modify_db_instance(self, db_instance_identifier: str, db_kwargs: dict[str, Any]) -> DBInstance:
        instance = self.instance(db_instance_identifier)
        named = {name: value for name, value in db_kwargs.items() if value is not None}
        if instance.db_cluster_identifier is not None:
            return super().modify_db_instance(db_instance_identifier, named)
        if instance.status not in ("available", "stopped", "storage-full"):
            raise errors.instance_not_available(db_instance_identifier, instance.status)
        self._check_changes(instance, named)
        self._defer(instance, named)
        return self._change(instance, named)

    def _check_changes(self, instance: Instance, named: dict[str, Any]) -> None:
        name = named.get("new_db_instance_identifier")
        if name is not None:
            self._validate_db_identifier(name)
            if name in self.databases:
                raise errors.instance_exists()
        if "vpc_security_group_ids" in named:
            check_groups(
                ec2_backends[self.account_id][self.region_name],
                list(named["vpc_security_group_ids"]),
                instance.db_subnet_group.vpc_id,
            )
        if len(named.get("master_user_password", "x" * SHORTEST_PASSWORD)) < SHORTEST_PASSWORD:
            raise errors.invalid_value(
                "The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters."
            )
        if not 0 <= int(named.get("backup_retention_period", 0)) <= 35:
            raise errors.invalid_value("Invalid backup retention period: it must be from 0 to 35 days.")
        if int(named.get("backup_retention_period", 1)) == 0 and instance.followers:
            raise errors.invalid_instance_state(
                "Automated backups cannot be disabled on an instance that has read replicas."
            )

    def _defer(self, instance: Instance, named: dict[str, Any]) -> None:
        """Move what waits from the call to the pending values."""
        at_once = bool(named.get("apply_immediately"))
        switches_backups = "backup_retention_period" in named and (not instance.backup_retention_period) != (
            not int(named["backup_retention_period"])
        )
        for attribute, shown in [*DEFERRED.items(), ("backup_retention_period", "BackupRetentionPeriod")]:
            waits = attribute in DEFERRED or switches_backups
            if attribute in named and waits and not at_once:
                instance.pending[shown] = named.pop(attribute)
            elif attribute in named:
                instance.pending.pop(shown, None)

    def _change(self, instance: Instance, named: dict[str, Any]) -> Instance:
        """Apply what is left at once; the state follows it."""
        kept = {name: value for name, value in named.items() if name not in NEVER_STORED}
        password = kept.get("master_user_password")
        had_backups = bool(instance.backup_retention_period)
        renamed = "new_db_instance_identifier" in kept
        super().modify_db_instance(instance.db_instance_identifier, dict(kept))
        if instance.status != "available":
            return instance
        if password is not None:
            stages = [Stage("resetting-master-credentials", lambda: lifecycle.change_password(instance))]
        else:
            stages = [Stage("renaming" if renamed else "modifying", nothing)]
        has_backups = bool(instance.backup_retention_period)
        if had_backups and not has_backups:
            self.end_backups(instance)
        if has_backups and not had_backups:
            stages += self.backing_up_now(instance)
        self.fleet.work.begin(instance, stages, "available")
        return instance

    def backing_up_now(self, instance: Instance) -> list[Stage]:
        """An automated backup that counts as taken when the call came in."""
        moment = now()
        return [Stage("backing-up", lambda: self.back_up(instance, moment))]

    @exclusive
    def reboot_db_instance(self, db_instance_identifier: str) -> DBInstance:
        instance = self.available_instance(db_instance_identifier)
        self.fleet.work.begin(instance, [Stage("rebooting", lambda: self._reboot(instance))], "available")
        return instance

    def _reboot(self, instance: Instance) -> None:
        with self.fleet.lock:
            attributes = {shown: attribute for attribute, shown in DEFERRED.items()}
            attributes["BackupRetentionPeriod"] = "backup_retention_period"
            waiting = {attributes[shown]: value for shown, value in instance.pending.items()}
            instance.pending.clear()
            if waiting:
                super().modify_db_instance(instance.db_instance_identifier, waiting)
        lifecycle.restart(self.fleet, instance)
        instance.awaits_reboot = False

    # Stop and start

    @exclusive
    def stop_db_instance(self, db_instance_identifier: str, db_snapshot_identifier: str | None = None) -> DBInstance:
        instance = self.available_instance(db_instance_identifier)
        if instance.source is not None or instance.followers:
            raise errors.invalid_instance_state("A DB instance that is a read replica or has one cannot be stopped.")
        stages = [Stage("stopping", lambda: lifecycle.stop(self.fleet, instance))]
        if db_snapshot_identifier is not None:
            snapshot = self.record(instance, db_snapshot_identifier)
            stages.insert(0, Stage("stopping", lambda: self.take(snapshot, instance)))
        instance.automatic_restart_time = now() + datetime.timedelta(days=RESTART_DAYS)
        self.fleet.work.begin(instance, stages, "stopped")
        return instance

    @exclusive
    def start_db_instance(self, db_instance_identifier: str) -> DBInstance:
        instance = self.instance(db_instance_identifier)
        if instance.status != "stopped":
            raise errors.invalid_instance_state(
                f"Instance {db_instance_identifier} is not stopped, it cannot be started."
            )
        instance.automatic_restart_time = None
        self.fleet.work.begin(instance, [Stage("starting", lambda: lifecycle.start_again(instance))], "available")
        return instance

    # Promote

    @exclusive
    def promote_read_replica(self, db_kwargs: dict[str, Any]) -> DBInstance:
        instance = self.instance(db_kwargs["db_instance_identifier"])
        if instance.source is None:
            raise errors.invalid_instance_state("DB Instance is not a read replica.")
        if instance.status != "available":
            raise errors.instance_not_available(instance.db_instance_identifier, instance.status)
        instance.backup_retention_period = int(db_kwargs.get("backup_retention_period") or 1)
        if db_kwargs.get("preferred_backup_window"):
            instance.preferred_backup_window = db_kwargs["preferred_backup_window"]
        self._promote(instance)
        return instance

    def _promote(self, instance: Instance) -> None:
        stages = [Stage("modifying", lambda: lifecycle.promote(self.fleet, instance)), Stage("rebooting", nothing)]
        if instance.backup_retention_period and not instance.bases:
            stages += self.backing_up_now(instance)
        self.fleet.work.begin(instance, stages, "available")

    # Delete

    @exclusive
    def delete_db_instance(
        self,
        db_instance_identifier: str,
        final_db_snapshot_identifier: str | None = None,
        skip_final_snapshot: bool | None = False,
        delete_automated_backups: bool | None = True,
    ) -> DBInstance:
        instance = self.instance(db_instance_identifier)
        if instance.db_cluster_identifier is not None:
            return super().delete_db_instance(
                db_instance_identifier, final_db_snapshot_identifier, skip_final_snapshot, delete_automated_backups
            )
        self._check_deletion(instance, final_db_snapshot_identifier, bool(skip_final_snapshot))
        final = None
        if final_db_snapshot_identifier is not None:
            final = self.record(instance, final_db_snapshot_identifier)
        retain = delete_automated_backups is False and bool(instance.backup_retention_period)
        retained = AutomatedBackup(instance, "retained") if retain else None
        self.fleet.work.begin(
            instance,
            [Stage("deleting", lambda: self._delete(instance, final, retain))],
            None,
            lambda: self._deleted(instance, retained),
        )
        return instance

    def _check_deletion(self, instance: Instance, final: str | None, skip: bool) -> None:
        name = instance.db_instance_identifier
        if instance.deletion_protection:
            raise errors.invalid_combination(
                "Cannot delete protected DB Instance, please disable deletion protection and try again."
            )
        if instance.status not in DELETABLE_STATES:
            raise errors.invalid_instance_state(f"Instance {name} is {instance.status}: try again later.")
        if skip and final is not None:
            raise errors.invalid_combination(
                "FinalDBSnapshotIdentifier can not be specified when SkipFinalSnapshot is true."
            )
        if final is not None and instance.source is not None:
            raise errors.invalid_combination(
                "FinalDBSnapshotIdentifier can not be specified when deleting a read replica."
            )
        if final is not None and instance.status == "stopped":
            raise errors.invalid_instance_state(f"Instance {name} is stopped: start it to take a final snapshot.")
        if final is None and not skip and instance.source is None:
            raise errors.invalid_combination(
                "FinalDBSnapshotIdentifier is required unless SkipFinalSnapshot is specified."
            )

    def _delete(self, instance: Instance, final: Snapshot | None, retain: bool) -> None:
        self.fleet.shut_door(instance)
        if final is not None:
            self.take(final, instance)
        source = instance.source
        if source is not None and instance in source.followers:
            source.followers.remove(instance)
        if not retain:
            self.end_backups(instance)
        self.fleet.dismiss(instance, keep_archive=retain)
        if source is not None and source.is_running():
            self.fleet.reconnect(source)

    def _deleted(self, instance: Instance, retained: AutomatedBackup | None) -> None:
        if self.databases.get(instance.db_instance_identifier) is instance:
            del self.databases[instance.db_instance_identifier]
        if instance.manage_master_user_password:
            instance.master_user_secret.delete_secret()
        if retained is not None:
            self.retained[instance.dbi_resource_id] = retained
        for follower in list(instance.followers):
            # A replica beside its source becomes independent; one in another region keeps a source that is gone.
            if follower.region == instance.region and follower.status == "available":
                self._promote(follower)
