"""What lies in the vaults of AWS Backup: recovery points, and the resources that they are of."""

from __future__ import annotations

from typing import Any

from trackera_lab.context import ACCOUNT
from trackera_lab.operations import Call
from trackera_lab.stubs.refused import Refused

_FILTERS = {"ByResourceArn": "ResourceArn", "ByResourceType": "ResourceType"}


def by_vault(call: Call, parameters: dict[str, Any]) -> dict[str, Any]:
    """The recovery points of one vault."""
    name = parameters.get("BackupVaultName")
    vault = _vaults(call.region).get(str(name))
    if vault is None:
        raise Refused("ResourceNotFoundException", f"Backup vault with name {name} does not exist.")
    wanted = [(member, parameters[parameter]) for parameter, member in _FILTERS.items() if parameters.get(parameter)]
    points = [point for point in vault.recovery_points if all(point[member] == value for member, value in wanted)]
    return {"RecoveryPoints": points}


def by_resource(call: Call, parameters: dict[str, Any]) -> dict[str, Any]:
    """The recovery points of one resource, in whatever vault."""
    points = [point for point in _points(call.region) if point["ResourceArn"] == parameters.get("ResourceArn")]
    members = ("RecoveryPointArn", "CreationDate", "Status", "EncryptionKeyArn", "BackupVaultName")
    shown = [{member: point[member] for member in members if member in point} for point in points]
    return {"RecoveryPoints": shown}


def resources(call: Call, parameters: dict[str, Any]) -> dict[str, Any]:
    """What has been backed up in this region, with the time of its last backup."""
    newest: dict[str, dict[str, Any]] = {}
    for point in sorted(_points(call.region), key=lambda point: point["CreationDate"]):
        # A copy in another region does not make its origin a protected resource there.
        if point["ResourceArn"].split(":")[3] == call.region:
            newest[point["ResourceArn"]] = point
    return {
        "Results": [
            {
                "ResourceArn": arn,
                "ResourceType": point["ResourceType"],
                "ResourceName": arn.rpartition(":")[2].rpartition("/")[2],
                "LastBackupTime": point["CreationDate"],
                "LastBackupVaultArn": point["BackupVaultArn"],
                "LastRecoveryPointArn": point["RecoveryPointArn"],
            }
            for arn, point in newest.items()
        ]
    }


def _vaults(region: str) -> dict[str, Any]:
    from moto.backup.models import backup_backends

    vaults: dict[str, Any] = backup_backends[ACCOUNT][region].vaults
    return vaults


def _points(region: str) -> list[dict[str, Any]]:
    return [point for vault in _vaults(region).values() for point in vault.recovery_points]
