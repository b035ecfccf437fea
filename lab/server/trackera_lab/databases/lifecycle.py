"""What really happens to a database in each state: the work behind `creating`, `backing-up`, `rebooting` and the rest.

Every function can be repeated after it was interrupted; none decides whether AWS would allow it.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path

from .authority import ServerIdentity
from .cluster import Cluster, StartFailed
from .configuration import Recovery
from .copies import Copy
from .fleet import Fleet, slot_name
from .instances import Instance

SETUP = """
SELECT format('CREATE ROLE %I LOGIN CREATEDB CREATEROLE PASSWORD %L', :'master', :'password')
 WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = :'master') \\gexec
GRANT rds_superuser TO :"master";
ALTER DATABASE postgres OWNER TO :"master";
SELECT format('CREATE DATABASE %I OWNER %I', :'first', :'master')
 WHERE :'first' <> '' AND NOT EXISTS (SELECT FROM pg_database WHERE datname = :'first') \\gexec
"""
SET_PASSWORD = "ALTER ROLE :\"master\" PASSWORD :'password';"
MARK_AND_SWITCH = """
SELECT pg_current_xact_id() IS NOT NULL \\g /dev/null
SELECT pg_walfile_name(pg_switch_wal());
"""
TARGET_NOT_REACHED = "recovery ended before configured recovery target was reached"
ARCHIVE_WAIT_SECONDS = 30


def create(fleet: Fleet, instance: Instance) -> None:
    """An empty cluster with the master user and the first database."""
    if (cluster := instance.cluster) is not None:
        cluster.remove()
        cluster.create(fleet.templates.empty(), issue(fleet, instance))
        start(instance, cluster)
        set_up(instance)
    enter_service(fleet, instance)


def set_up(instance: Instance) -> None:
    """Make the master user and the first database, if they are not there."""
    if instance.cluster is not None:
        instance.cluster.sql(
            SETUP,
            master=instance.master_username or "postgres",
            password=password_of(instance),
            first=instance.db_name or "",
        )


def restore(fleet: Fleet, instance: Instance, copy: Copy | None) -> None:
    """A cluster with the data of a snapshot."""
    if (cluster := instance.cluster) is not None and copy is not None:
        cluster.remove()
        cluster.create(copy.path, issue(fleet, instance))
        start(instance, cluster)
        cluster.wait_until_writable()
        drop_slots(cluster)
    enter_service(fleet, instance)


def restore_to_time(fleet: Fleet, instance: Instance, source: Instance, until: datetime.datetime | None) -> None:
    """A cluster with the data that `source` had at a moment, or at the end of its archive."""
    if (cluster := instance.cluster) is not None and source.cluster is not None:
        flush_archive(source)
        base = newest_base(source, until)
        try:
            recover(fleet, instance, base.path, source.cluster.archive.path, until)
        except StartFailed as failure:
            if TARGET_NOT_REACHED not in str(failure):
                raise
            # Nothing was committed after the wanted moment, so all that was archived is the state at that moment.
            recover(fleet, instance, base.path, source.cluster.archive.path, None)
        drop_slots(cluster)
    enter_service(fleet, instance)


def recover(fleet: Fleet, instance: Instance, base: Path, archive: Path, until: datetime.datetime | None) -> None:
    """Start from a base copy and replay the archive up to a moment."""
    cluster = instance.cluster
    if cluster is None:
        return
    cluster.remove()
    cluster.create(base, issue(fleet, instance))
    fleet.site.account.write(cluster.data / "recovery.signal", "")
    moment = until.strftime("%Y-%m-%d %H:%M:%S.%f+00") if until is not None else None
    cluster.recovery = Recovery(archive=archive, until=moment)
    start(instance, cluster)
    cluster.wait_until_writable()
    cluster.recovery = Recovery()
    cluster.reload()


def flush_archive(source: Instance) -> None:
    """Have a running source hand over the log it is writing; a source that is down has nothing more to give."""
    cluster = source.cluster
    if cluster is None or not source.is_running() or cluster.archive.is_stalled():
        return
    segment = cluster.try_sql(MARK_AND_SWITCH)
    if segment:
        cluster.archive.wait_for(segment, ARCHIVE_WAIT_SECONDS)


def newest_base(source: Instance, until: datetime.datetime | None) -> Copy:
    """The copy to replay from: the newest that was complete at the wanted moment."""
    fitting = [base for base in source.bases if until is None or base.ended <= until]
    return max(fitting, key=lambda base: base.ended)


def follow(fleet: Fleet, instance: Instance, source: Instance) -> None:
    """A standby that streams from its source."""
    if (cluster := instance.cluster) is not None and source.cluster is not None:
        cluster.remove()
        slot = slot_name(instance)
        source.cluster.try_sql(f"SELECT pg_drop_replication_slot('{slot}')")
        cluster.follow(source.cluster, slot, issue(fleet, instance))
        start(instance, cluster)
    enter_service(fleet, instance)


def promote(fleet: Fleet, instance: Instance) -> None:
    """End the replication on both sides; the source may be out of reach."""
    source = instance.source
    if instance.cluster is not None and instance.cluster.recovery.primary is not None:
        instance.cluster.promote()
        drop_slots(instance.cluster)
    with fleet.lock:
        if source is not None and instance in source.followers:
            source.followers.remove(instance)
        instance.source = None
        instance.source_db_instance_identifier = None
        instance.is_replica = False
    if source is not None and source.cluster is not None and source.is_running():
        fleet.reconnect(source)


def drop_slots(cluster: Cluster) -> None:
    """A copy of a source carries the source's slots, which nobody will ever read here."""
    cluster.try_sql("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active")


def restart(fleet: Fleet, instance: Instance) -> None:
    """Stop and start the server; clients are cut."""
    if (cluster := instance.cluster) is not None:
        if instance.door is not None:
            fleet.front.cut(instance.door)
        cluster.stop()
        start(instance, cluster)
        fleet.reconnect(instance)


def start(instance: Instance, cluster: Cluster) -> None:
    """Start a server with what the instance's parameter group asks for."""
    if cluster.running():
        return
    parameters = parameters_of(instance)
    cluster.force_tls = parameters.get("rds.force_ssl", "1") != "0"
    cluster.parameters = parameters
    cluster.start()


def start_again(instance: Instance) -> None:
    """Start a stopped instance."""
    if instance.cluster is not None:
        start(instance, instance.cluster)


def stop(fleet: Fleet, instance: Instance) -> None:
    """Stop the server in order; its address answers nobody."""
    if instance.door is not None:
        fleet.front.cut(instance.door)
    if instance.cluster is not None:
        instance.cluster.stop()


def change_password(instance: Instance) -> None:
    """Give the master user its new password."""
    if instance.cluster is not None:
        instance.cluster.sql(
            SET_PASSWORD, master=instance.master_username or "postgres", password=password_of(instance)
        )


def enter_service(fleet: Fleet, instance: Instance) -> None:
    """From now on the endpoint is known and listens."""
    instance.seen_available = True
    fleet.open_door(instance)


def issue(fleet: Fleet, instance: Instance) -> ServerIdentity:
    """A server certificate for the instance's endpoint."""
    name = f"{instance.db_instance_identifier}.lab.{instance.region}.rds.amazonaws.com"
    return fleet.authority.issue(instance.front_address, [name])


def parameters_of(instance: Instance) -> dict[str, str]:
    """The values that the instance's parameter group sets, by name."""
    values: dict[str, str] = {}
    for group in instance.db_parameter_groups():
        for name, parameter in group.parameters.items():
            value = parameter.get("ParameterValue")
            if value is not None:
                values[str(name)] = str(value)
    return values


def password_of(instance: Instance) -> str:
    """The master user's password, also where Secrets Manager keeps it."""
    if instance.manage_master_user_password:
        return str(json.loads(instance.master_user_secret.secret.secret_string)["password"])
    return str(instance._master_user_password or "")
