"""The parameters of PostgreSQL's parameter groups that somebody might ask for, with the defaults of each version."""

from __future__ import annotations

import re
from typing import Any

_VERSION = re.compile(r"\d+$")

_TABLE: tuple[tuple[str, str | None, str, str, str | None], ...] = (
    # name, default, apply type, data type, allowed values
    ("autovacuum", "1", "dynamic", "boolean", "0,1"),
    ("client_encoding", None, "dynamic", "string", None),
    ("hot_standby_feedback", None, "dynamic", "boolean", "0,1"),
    ("idle_in_transaction_session_timeout", "86400000", "dynamic", "integer", "0-2147483647"),
    ("lock_timeout", None, "dynamic", "integer", "0-2147483647"),
    ("log_autovacuum_min_duration", "10000", "dynamic", "integer", "-1-2147483647"),
    ("log_connections", None, "dynamic", "boolean", "0,1"),
    ("log_disconnections", None, "dynamic", "boolean", "0,1"),
    ("log_lock_waits", None, "dynamic", "boolean", "0,1"),
    ("log_min_duration_statement", None, "dynamic", "integer", "-1-2147483647"),
    ("log_statement", None, "dynamic", "string", "none,ddl,mod,all"),
    ("max_connections", "LEAST({DBInstanceClassMemory/9531392},5000)", "static", "integer", "6-8388607"),
    ("password_encryption", "scram-sha-256", "dynamic", "string", "md5,scram-sha-256"),
    ("pgaudit.log", None, "dynamic", "list", "ddl,function,misc,read,role,write,none,all,-ddl,-function,-misc,-read,-role,-write"),
    ("rds.accepted_password_auth_method", "md5+scram", "dynamic", "string", "md5+scram,scram"),
    ("rds.force_admin_logging_level", "log", "dynamic", "string", "disabled,debug5,log,notice,warning,error"),
    ("rds.force_autovacuum_logging_level", "warning", "dynamic", "string", "disabled,debug5,log,notice,warning,error"),
    ("rds.force_ssl", "1", "dynamic", "boolean", "0,1"),
    ("rds.log_retention_period", "4320", "dynamic", "integer", "1440-10080"),
    ("rds.logical_replication", "0", "static", "boolean", "0,1"),
    ("rds.restrict_password_commands", "0", "static", "boolean", "0,1"),
    ("session_replication_role", None, "dynamic", "string", "origin,replica,local"),
    ("shared_preload_libraries", "pg_stat_statements", "static", "list", "auto_explain,pg_cron,pg_stat_statements,pgaudit"),
    ("ssl", "1", "dynamic", "boolean", "0,1"),
    ("ssl_ciphers", None, "dynamic", "list", None),
    ("ssl_max_protocol_version", None, "dynamic", "string", "TLSv1,TLSv1.1,TLSv1.2,TLSv1.3"),
    ("ssl_min_protocol_version", "TLSv1.2", "dynamic", "string", "TLSv1,TLSv1.1,TLSv1.2,TLSv1.3"),
    ("statement_timeout", None, "dynamic", "integer", "0-2147483647"),
    ("timezone", "UTC", "dynamic", "string", None),
    ("track_activities", "1", "dynamic", "boolean", "0,1"),
    ("work_mem", None, "dynamic", "integer", "64-2147483647"),
)  # fmt: skip
_FIXED = frozenset({"ssl"})
"""Parameters that nobody but RDS may set."""


def all_of(family: str, own: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Every parameter of a family, by name: the group's own values before the defaults."""
    found = _VERSION.search(family)
    major = int(found[0]) if found else 0
    defaults = {row[0]: _default(row, major) for row in _TABLE} if "postgres" in family else {}
    for name, changed in own.items():
        defaults[name] = {"ParameterName": name, **defaults.get(name, {}), **changed, "Source": "user"}
    return [defaults[name] for name in sorted(defaults)]


def _default(row: tuple[str, str | None, str, str, str | None], major: int) -> dict[str, Any]:
    name, value, apply_type, data_type, allowed = row
    value = _before(name, value, major)
    parameter = {
        "ParameterName": name,
        "Source": "system" if value is not None else "engine-default",
        "ApplyType": apply_type,
        "DataType": data_type,
        "IsModifiable": name not in _FIXED,
        "ApplyMethod": "pending-reboot",
    }
    if value is not None:
        parameter["ParameterValue"] = value
    if allowed is not None:
        parameter["AllowedValues"] = allowed
    return parameter


def _before(name: str, value: str | None, major: int) -> str | None:
    """The default that older versions had: encryption is forced from 15 on, SCRAM is the default from 14 on."""
    if name == "rds.force_ssl" and major < 15:
        return "0"
    if name == "password_encryption" and major < 14:
        return "md5"
    return value
