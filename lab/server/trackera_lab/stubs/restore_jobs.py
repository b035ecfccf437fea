"""Restores by AWS Backup: a job makes a real instance of a recovery point, and is told whether that was good.

A recovery point of a database has no copy of its own: it stands for the newest snapshot of that database in its region
that is not younger than the point, or else for the oldest. Jobs are forgotten with the vaults of their region.
"""

from __future__ import annotations

import json
import uuid
from typing import Any

from trackera_lab import clock
from trackera_lab.context import ACCOUNT
from trackera_lab.operations import Call
from trackera_lab.stubs import fixture
from trackera_lab.stubs.refused import Refused

_SUBNETS = "DBSubnetGroupName"
_TEXTS = {
    "DBInstanceIdentifier": "db_instance_identifier",
    "DBInstanceClass": "db_instance_class",
    _SUBNETS: "db_subnet_group_name",
    "DBParameterGroupName": "db_parameter_group_name",
    "OptionGroupName": "option_group_name",
    "AvailabilityZone": "availability_zone",
}
_FLAGS = {
    "PubliclyAccessible": "publicly_accessible",
    "DeletionProtection": "deletion_protection",
    "CopyTagsToSnapshot": "copy_tags_to_snapshot",
    "MultiAZ": "multi_az",
    "AutoMinorVersionUpgrade": "auto_minor_version_upgrade",
}
_GROUPS = "VpcSecurityGroupIds"
_ENDED = {"available": "COMPLETED", "failed": "FAILED"}


def metadata(call: Call, parameters: dict[str, Any]) -> dict[str, Any]:
    """What the source of a recovery point was set up with."""
    vault, arn = parameters.get("BackupVaultName"), str(parameters.get("RecoveryPointArn"))
    point = _point(call.region, arn)
    if point["BackupVaultName"] != vault:
        raise Refused("ResourceNotFoundException", f"the vault `{vault}` holds no recovery point {arn}")
    source = _snapshot(call.region, point).database
    known = {name: attribute for name, attribute in _TEXTS.items() if name != _SUBNETS}
    texts = {name: getattr(source, attribute, None) for name, attribute in known.items()}
    texts[_SUBNETS] = source.db_subnet_group.name
    flags = {name: str(bool(getattr(source, attribute, False))).lower() for name, attribute in _FLAGS.items()}
    told = {name: str(value) for name, value in texts.items() if value} | flags
    return {
        "BackupVaultArn": point["BackupVaultArn"],
        "RecoveryPointArn": arn,
        "RestoreMetadata": told | {"Engine": source.engine, "Port": str(source.port)},
        "ResourceType": point["ResourceType"],
    }


def start(call: Call, parameters: dict[str, Any]) -> dict[str, Any]:
    """Begin a restore. What RDS refuses is what the job fails of: the call itself has succeeded by then."""
    point = _point(call.region, str(parameters.get("RecoveryPointArn")))
    token, jobs = parameters.get("IdempotencyToken"), _jobs(call.region)
    repeated = next((job for job in jobs if token and job["token"] == token), None)
    if repeated is not None:
        return {"RestoreJobId": repeated["id"]}
    if point["ResourceType"] != "RDS":
        raise Refused("InvalidParameterValueException", f"The lab restores no {point['ResourceType']}.")
    role = str(parameters.get("IamRoleArn"))
    if not _role_exists(role):
        raise Refused("InvalidParameterValueException", f"IAM Role {role} cannot be assumed by AWS Backup")
    job = {"id": str(uuid.uuid4()).upper(), "token": token, "point": point, "role": role, "created": clock.now()}
    job |= _begun(call.region, point, dict(parameters.get("Metadata") or {}))
    jobs.append(job)
    return {"RestoreJobId": job["id"]}


def _begun(region: str, point: dict[str, Any], wanted: dict[str, str]) -> dict[str, Any]:
    from moto.rds.exceptions import RDSClientError
    from moto.rds.models import rds_backends

    named = {name.lower(): value for name, value in wanted.items()}
    overrides: dict[str, Any] = {
        attribute: named[name.lower()] for name, attribute in _TEXTS.items() if named.get(name.lower())
    }
    overrides |= {
        attribute: named[name.lower()].lower() == "true" for name, attribute in _FLAGS.items() if name.lower() in named
    }
    if named.get(_GROUPS.lower()):
        overrides["vpc_security_group_ids"] = json.loads(named[_GROUPS.lower()])
    try:
        source = _snapshot(region, point)
        made = rds_backends[ACCOUNT][region].restore_db_instance_from_db_snapshot(
            source.db_snapshot_identifier, overrides
        )
    except RDSClientError as refusal:
        return {"failed": refusal.message, "instance": None}
    return {"failed": None, "instance": made}


def describe(call: Call, parameters: dict[str, Any]) -> dict[str, Any]:
    """How far a job is."""
    return _shown(_job(call.region, parameters.get("RestoreJobId")))


def listed(call: Call, parameters: dict[str, Any]) -> dict[str, Any]:
    """The jobs of a region: those of the company's own restore tests, and those that were begun since."""
    told = fixture.filled(fixture.load()["backup:ListRestoreJobs"], call.region)["RestoreJobs"]
    jobs = told + [_shown(job) for job in _jobs(call.region)]
    for parameter, member in (("ByResourceType", "ResourceType"), ("ByStatus", "Status")):
        if parameters.get(parameter):
            jobs = [job for job in jobs if job[member] == parameters[parameter]]
    return {"RestoreJobs": jobs}


def validate(call: Call, parameters: dict[str, Any]) -> dict[str, Any]:
    """Whether what a job made was good."""
    job = _job(call.region, parameters.get("RestoreJobId"))
    if _shown(job)["Status"] != "COMPLETED":
        raise Refused("InvalidRequestException", "Only a completed restore can be validated.")
    job["validation"] = parameters.get("ValidationStatus")
    job["validation message"] = parameters.get("ValidationStatusMessage")
    return {}


def _shown(job: dict[str, Any]) -> dict[str, Any]:
    point, instance = job["point"], job["instance"]
    status = "FAILED" if job["failed"] else _ENDED.get(instance.status, "RUNNING")
    if status == "COMPLETED":
        job.setdefault("completed", clock.now())
    # What was made may be changed and deleted afterwards; the job has ended all the same.
    status = "COMPLETED" if "completed" in job else status
    shown = {
        "RestoreJobId": job["id"],
        "AccountId": ACCOUNT,
        "RecoveryPointArn": point["RecoveryPointArn"],
        "CreationDate": job["created"],
        "CompletionDate": job.get("completed"),
        "Status": status,
        "StatusMessage": job["failed"],
        "PercentDone": "100.00%" if status == "COMPLETED" else "0.00%",
        "IamRoleArn": job["role"],
        "CreatedResourceArn": None if instance is None else instance.db_instance_arn,
        "ResourceType": point["ResourceType"],
        "ValidationStatus": job.get("validation"),
        "ValidationStatusMessage": job.get("validation message"),
    }
    return {member: value for member, value in shown.items() if value is not None}


def _point(region: str, arn: str) -> dict[str, Any]:
    from moto.backup.models import backup_backends

    for vault in backup_backends[ACCOUNT][region].vaults.values():
        for point in vault.recovery_points:
            if point["RecoveryPointArn"] == arn:
                return dict(point)
    raise Refused("ResourceNotFoundException", f"RecoveryPoint {arn} does not exist.")


def _snapshot(region: str, point: dict[str, Any]) -> Any:
    """The snapshot that a recovery point stands for."""
    from moto.rds.models import rds_backends

    name = point["ResourceArn"].rpartition(":")[2]
    snapshots = [
        found
        for found in rds_backends[ACCOUNT][region].database_snapshots.values()
        if found.db_instance_identifier == name and found.status == "available"
    ]
    if not snapshots:
        raise Refused("InvalidRequestException", f"The lab has no data for {point['RecoveryPointArn']}.")
    moment = point["CreationDate"].replace(tzinfo=None)
    snapshots.sort(key=lambda found: found.created)
    return next((found for found in reversed(snapshots) if found.created <= moment), snapshots[0])


def _jobs(region: str) -> list[dict[str, Any]]:
    from moto.backup.models import backup_backends

    jobs: list[dict[str, Any]] = backup_backends[ACCOUNT][region].__dict__.setdefault("restore_jobs", [])
    return jobs


def _job(region: str, identifier: Any) -> dict[str, Any]:
    for job in _jobs(region):
        if job["id"] == identifier:
            return job
    raise Refused("ResourceNotFoundException", f"Restore job {identifier} does not exist.")


def _role_exists(arn: str) -> bool:
    from moto.iam.models import iam_backends

    return any(role.arn == arn for role in iam_backends[ACCOUNT]["aws"].roles.values())
