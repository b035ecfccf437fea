"""Renders the configuration of a cluster.

It lies beside the data directory, never inside it, so that copies of the data carry no endpoint, no certificate and no
archive of the cluster they were taken from. Durability against power loss is given up on purpose (the lab's data is
generated); crash safety is not: a killed server recovers from its log.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

SUPERUSER = "rdsadmin"
LISTEN_ADDRESS = "127.255.0.1"
"""Where servers listen. Clients are never told: they reach a database through the front alone."""
FRONT_ADDRESS = "127.255.0.2"
"""Whom servers accept: connections that the front opens from this address."""
ARCHIVE_SECONDS = 2
"""How often a server that writes hands a log segment to the archive."""

PARAMETERS = frozenset(
    {
        "default_transaction_read_only",
        "idle_in_transaction_session_timeout",
        "log_connections",
        "log_disconnections",
        "log_min_duration_statement",
        "log_statement",
        "statement_timeout",
        "lock_timeout",
        "work_mem",
        "max_standby_streaming_delay",
        "hot_standby_feedback",
        "session_replication_role",
    }
)
"""Settings of a parameter group that the lab passes on; others are kept by the interface only."""


@dataclass(frozen=True)
class Recovery:
    """How a cluster comes by its data: from another cluster's archive, or by following a primary."""

    archive: Path | None = None
    until: str | None = None
    primary: str | None = None
    slot: str | None = None


def settings(place: Path, sockets: Path, port: int, recovery: Recovery, parameters: dict[str, str]) -> dict[str, str]:
    """The server settings of one cluster, by name."""
    chosen = {
        "data_directory": str(place / "data"),
        "hba_file": str(place / "pg_hba.conf"),
        "ident_file": str(place / "pg_ident.conf"),
        "listen_addresses": LISTEN_ADDRESS,
        "port": str(port),
        "unix_socket_directories": str(sockets),
        "unix_socket_permissions": "0700",
        "ssl": "on",
        "ssl_cert_file": str(place / "tls" / "server.crt"),
        "ssl_key_file": str(place / "tls" / "server.key"),
        "ssl_min_protocol_version": "TLSv1.2",
        "password_encryption": "scram-sha-256",
        "archive_mode": "on",
        "archive_command": archive_command(place / "archive"),
        "archive_timeout": str(ARCHIVE_SECONDS),
        **COMMON,
        **recovery_settings(recovery),
    }
    chosen.update({name: value for name, value in parameters.items() if name in PARAMETERS or name.startswith("rds.")})
    return chosen


COMMON = {
    "max_connections": "60",
    "shared_buffers": "16MB",
    "max_wal_senders": "10",
    "max_replication_slots": "10",
    "wal_level": "replica",
    "max_wal_size": "256MB",
    "min_wal_size": "16MB",
    "max_slot_wal_keep_size": "1GB",
    "wal_recycle": "off",
    "fsync": "off",
    "synchronous_commit": "on",
    "jit": "off",
    "huge_pages": "off",
    "dynamic_shared_memory_type": "mmap",
    "max_worker_processes": "4",
    "max_parallel_workers_per_gather": "0",
    "wal_receiver_timeout": "5s",
    "wal_retrieve_retry_interval": "200ms",
    "wal_receiver_status_interval": "1s",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "lc_messages": "C",
    "log_line_prefix": "%m [%p] %u@%d ",
    "hot_standby": "on",
    "autovacuum_naptime": "30s",
    "authentication_timeout": "10s",
}


def recovery_settings(recovery: Recovery) -> dict[str, str]:
    """Settings that matter only while `recovery.signal` or `standby.signal` is there."""
    chosen: dict[str, str] = {}
    if recovery.archive is not None:
        chosen["restore_command"] = f"cp {quoted_path(recovery.archive)}/%f %p"
        chosen["recovery_target_action"] = "promote"
    if recovery.until is not None:
        chosen["recovery_target_time"] = recovery.until
    if recovery.primary is not None:
        chosen["primary_conninfo"] = recovery.primary
        chosen["primary_slot_name"] = recovery.slot or ""
    return chosen


def archive_command(archive: Path) -> str:
    """Keeps a finished log segment; a file named `stalled` in the archive makes it fail, as a full disk would."""
    where = quoted_path(archive)
    return f"test ! -e {where}/stalled && cp --sparse=always %p {where}/.%f.draft && mv {where}/.%f.draft {where}/%f"


def quoted_path(path: Path) -> str:
    """A path for the shell, inside a setting where `%` has a meaning of its own."""
    return "'" + str(path).replace("'", "'\\''").replace("%", "%%") + "'"


def server_file(chosen: dict[str, str]) -> str:
    """The text of `postgresql.conf`."""
    lines = []
    for name, value in chosen.items():
        escaped = value.replace("\\", "\\\\").replace("'", "''")
        lines.append(f"{name} = '{escaped}'")
    return "\n".join(lines) + "\n"


def access_file(force_tls: bool) -> str:
    """The text of `pg_hba.conf`: the lab itself by socket, everybody else through the front with a password."""
    method = "hostssl" if force_tls else "host"
    return "\n".join(
        [
            "local all         all          trust",
            "local replication all          trust",
            f"host  all         {SUPERUSER}     0.0.0.0/0 reject",
            f"{method} all      all          {FRONT_ADDRESS}/32 scram-sha-256",
            "",
        ]
    )
