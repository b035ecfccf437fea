"""New instances: empty, from a snapshot, from a moment in the past, or following another instance."""

from __future__ import annotations

import datetime
from typing import Any

from moto.rds.models import DBInstance

from . import errors, keys, lifecycle
from .base import Base, exclusive
from .instances import Instance
from .placement import place
from .snapshots import Snapshot
from .work import Stage

INHERITED = (
    "db_instance_class",
    "engine",
    "engine_version",
    "port",
    "allocated_storage",
    "backup_retention_period",
    "character_set_name",
    "auto_minor_version_upgrade",
    "db_name",
    "iops",
    "master_username",
    "license_model",
    "preferred_backup_window",
    "preferred_maintenance_window",
    "storage_type",
    "storage_throughput",
)
"""What a restored instance takes over from its source. Everything else is AWS's default unless the call names it."""
SHORTEST_PASSWORD = 8
RESERVED_NAMES = frozenset({"rdsadmin", "rds_superuser", "rds_replication", "rds_iam", "rds_password", "rdsrepladmin"})


class Creation(Base):
    """The calls that make instances in one region."""

    @exclusive
    def create_db_instance(self, db_kwargs: dict[str, Any]) -> DBInstance:
        if self.is_clustered(db_kwargs):
            return super().create_db_instance(db_kwargs)
        arguments = dict(db_kwargs)
        check_master_user(arguments)
        if arguments.get("storage_encrypted") or arguments.get("kms_key_id"):
            arguments["storage_encrypted"] = True
            arguments["kms_key_id"] = self.key(arguments.get("kms_key_id"))
        instance = self.admit(arguments)
        return self.launch(instance, lambda: lifecycle.create(self.fleet, instance))

    def admit(self, arguments: dict[str, Any]) -> Instance:
        """Check the arguments as AWS does, and record the instance."""
        identifier = arguments["db_instance_identifier"]
        self._validate_db_identifier(identifier)
        if identifier in self.databases:
            raise errors.instance_exists()
        place(self, arguments)
        if arguments.get("engine") == "postgres" and not arguments.get("engine_version"):
            arguments["engine_version"] = self.fleet.site.version
        instance = Instance(self, **arguments)
        self.fleet.admit(instance)
        self.databases[identifier] = instance
        instance.add_event("DB_INSTANCE_CREATE")
        return instance

    def launch(self, instance: Instance, action: Any) -> Instance:
        """Begin the way from `creating` to `available`."""
        self.fleet.work.begin(instance, [Stage("creating", action), *self.backing_up(instance)], "available")
        return instance

    def key(self, name: str | None) -> str:
        """The key to encrypt with: the named one, or RDS's own."""
        if name is None:
            return keys.default_key(self.account_id, self.region_name)
        return keys.usable_key(self.account_id, self.region_name, name)

    # Restores

    @exclusive
    def restore_db_instance_from_db_snapshot(self, from_snapshot_id: str, overrides: dict[str, Any]) -> DBInstance:
        snapshot = self.snapshot(from_snapshot_id)
        if snapshot.region != self.region_name:
            raise errors.snapshot_not_found(from_snapshot_id)
        if snapshot.status != "available":
            raise errors.invalid_snapshot_state(
                f"The snapshot {snapshot.db_snapshot_identifier} is not available: it is {snapshot.status}."
            )
        instance = self.admit(self._restored(snapshot.database, overrides, snapshot.kms_key_id))
        inherit_password(instance, snapshot.database)
        without_data(instance, snapshot.has_data)
        return self.launch(instance, lambda: self._restore(instance, snapshot))

    def _restore(self, instance: Instance, snapshot: Snapshot) -> None:
        if snapshot.has_data and snapshot.copy is None:
            raise RuntimeError(f"the snapshot {snapshot.db_snapshot_identifier} was deleted during the restore")
        lifecycle.restore(self.fleet, instance, snapshot.copy)

    def _restored(self, source: Instance, overrides: dict[str, Any], key: str | None) -> dict[str, Any]:
        """The arguments of an instance that is restored from what `source` was."""
        if key is not None:
            keys.usable_key(self.account_id, self.region_name, key)
        named = {name: value for name, value in overrides.items() if value is not None}
        if int(named.get("allocated_storage", source.allocated_storage)) < int(source.allocated_storage):
            raise errors.invalid_value(
                "The allocated storage size can't be less than the source snapshot or backup size."
            )
        inherited = {name: getattr(source, name) for name in INHERITED}
        if named.get("engine", source.engine) != source.engine:
            raise errors.invalid_combination(f"A backup of {source.engine} cannot be restored as {named['engine']}.")
        return {**inherited, "storage_encrypted": key is not None, "kms_key_id": key, **named}

    @exclusive
    def restore_db_instance_to_point_in_time(
        self,
        source_db_identifier: str | None,  # type: ignore[override]
        target_db_identifier: str,
        overrides: dict[str, Any],
    ) -> DBInstance:
        source = self._restorable(source_db_identifier, overrides)
        if not source.backup_retention_period:
            raise errors.no_point_in_time()
        until = self._moment(source, overrides)
        arguments = self._restored(source, dict(overrides), source.kms_key_id)
        instance = self.admit({**arguments, "db_instance_identifier": target_db_identifier})
        inherit_password(instance, source)
        without_data(instance, source.cluster is not None)
        return self.launch(instance, lambda: lifecycle.restore_to_time(self.fleet, instance, source, until))

    def _restorable(self, name: str | None, overrides: dict[str, Any]) -> Instance:
        """The source, which may be an instance or a backup that outlived its instance."""
        if name:
            return self.instance(name)
        for backup in self.automated_backups():
            if (
                overrides.get("source_dbi_resource_id") == backup.dbi_resource_id
                or overrides.get("source_db_instance_automated_backups_arn") == backup.db_instance_automated_backups_arn
            ):
                return backup.instance
        raise errors.automated_backup_not_found(
            str(overrides.get("source_dbi_resource_id") or overrides.get("source_db_instance_automated_backups_arn"))
        )

    def _moment(self, source: Instance, overrides: dict[str, Any]) -> datetime.datetime | None:
        """The moment to restore to; nothing stands for the latest one."""
        wanted = overrides.get("restore_time")
        latest = bool(overrides.get("use_latest_restorable_time"))
        if latest and wanted is not None:
            raise errors.invalid_combination("RestoreTime cannot be specified when UseLatestRestorableTime is true.")
        if not latest and wanted is None:
            raise errors.invalid_combination("Specify RestoreTime, or set UseLatestRestorableTime.")
        begin, end = source.earliest_restorable_time(), source.latest_restorable_time
        if begin is None or end is None:
            raise errors.invalid_instance_state(
                f"Instance {source.db_instance_identifier} has no automated backup yet."
            )
        if latest:
            return None
        moment = as_naive(wanted)
        if not begin <= moment <= end:
            raise errors.invalid_value(
                f"The restore time {moment:%Y-%m-%dT%H:%M:%SZ} is outside of the restore window, "
                f"which reaches from {begin:%Y-%m-%dT%H:%M:%SZ} to {end:%Y-%m-%dT%H:%M:%SZ}."
            )
        return moment

    # Replicas

    @exclusive
    def create_db_instance_read_replica(self, db_kwargs: dict[str, Any]) -> DBInstance:
        arguments = {name: value for name, value in db_kwargs.items() if value is not None}
        source = self.find_anywhere(arguments.pop("source_db_instance_identifier"))
        if source.status != "available":
            raise errors.instance_not_available(source.db_instance_identifier, source.status)
        if not source.backup_retention_period:
            raise errors.invalid_instance_state(
                "Automated backups are not enabled for this database instance. To enable automated backups, use "
                "ModifyDBInstance to set the backup retention period to a non-zero value."
            )
        instance = self.admit(self._replica(source, arguments))
        inherit_password(instance, source)
        without_data(instance, source.cluster is not None)
        instance.set_as_replica()
        instance.source = source
        source.followers.append(instance)
        return self.launch(instance, lambda: lifecycle.follow(self.fleet, instance, source))

    def _replica(self, source: Instance, named: dict[str, Any]) -> dict[str, Any]:
        """The arguments of a replica: a neighbour shares key and network, one in another region does not."""
        inherited = {name: getattr(source, name) for name in INHERITED}
        inherited["backup_retention_period"] = 0
        near = source.region == self.region_name
        key = named.pop("kms_key_id", None)
        if near:
            inherited["db_subnet_group_name"] = source.db_subnet_group.name
            inherited["db_parameter_group_name"] = source.db_parameter_group_name
            inherited["kms_key_id"] = source.kms_key_id
        elif source.storage_encrypted and key is None:
            raise errors.invalid_combination(
                "Cannot create a cross region unencrypted read replica from encrypted source."
            )
        elif key is not None and not source.storage_encrypted:
            raise errors.invalid_combination(
                "You cannot create an encrypted Read Replica from an unencrypted DB instance."
            )
        else:
            inherited["kms_key_id"] = self.key(key) if key is not None else None
        inherited["storage_encrypted"] = source.storage_encrypted
        return {**inherited, **named}


def check_master_user(arguments: dict[str, Any]) -> None:
    """Refuse what AWS refuses about the master user of a new PostgreSQL instance."""
    if arguments.get("engine") != "postgres":
        return
    name, password = arguments.get("master_username"), arguments.get("master_user_password")
    if not name:
        raise errors.invalid_value("The parameter MasterUsername must be provided and must not be blank.")
    if name.lower() in RESERVED_NAMES:
        raise errors.invalid_value(f"MasterUsername {name} cannot be used as it is a reserved word used by the engine")
    if arguments.get("manage_master_user_password"):
        return
    if not password or len(password) < SHORTEST_PASSWORD:
        raise errors.invalid_value(
            "The parameter MasterUserPassword is not a valid password because it is shorter than 8 characters."
        )


def inherit_password(instance: Instance, source: Instance) -> None:
    """The data brings the master user's password along."""
    instance.master_user_password = getattr(source, "_master_user_password", None)


def without_data(instance: Instance, source_has_data: bool) -> None:
    """A source without a database has nothing to give."""
    if not source_has_data:
        instance.cluster = None
        instance.door = None


def as_naive(moment: Any) -> datetime.datetime:
    """A moment as moto keeps it: in UTC and without saying so."""
    if isinstance(moment, str):
        moment = datetime.datetime.fromisoformat(moment.replace("Z", "+00:00"))
    if moment.tzinfo is not None:
        moment = moment.astimezone(datetime.UTC).replace(tzinfo=None)
    return moment
