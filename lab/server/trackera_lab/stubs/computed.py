"""Stubs whose answer follows from the estate or the request: regions, backups and their restores, events, simulation."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any

from trackera_lab import clock
from trackera_lab.operations import Call
from trackera_lab.stubs import backups, events, restore_jobs, simulation
from trackera_lab.stubs.refused import Refused


_OPT_STATES = {"opt-in-not-required": "ENABLED_BY_DEFAULT", "opted-in": "ENABLED", "not-opted-in": "DISABLED"}


def _list_regions(call: Call, parameters: dict[str, Any]) -> dict[str, Any]:
    wanted = parameters.get("RegionOptStatusContains")
    regions = [{"RegionName": name, "RegionOptStatus": state} for name, state in _opt_states().items()]
    return {"Regions": [region for region in regions if not wanted or region["RegionOptStatus"] in wanted]}


def _region_opt_status(call: Call, parameters: dict[str, Any]) -> dict[str, Any]:
    name = parameters.get("RegionName", "")
    states = _opt_states()
    if name not in states:
        raise Refused("ValidationException", f"the region `{name}` does not exist")
    return {"RegionName": name, "RegionOptStatus": states[name]}


def _opt_states() -> dict[str, str]:
    from trackera_lab.corrections.ec2 import region_states

    return {name: _OPT_STATES[state] for name, state in region_states().items()}


def _lookup_events(call: Call, parameters: dict[str, Any]) -> dict[str, Any]:
    start = _moment(parameters.get("StartTime"), clock.now() - datetime.timedelta(days=90))
    end = _moment(parameters.get("EndTime"), clock.now())
    if start > end:
        raise Refused("InvalidTimeRangeException", "the start time is after the end time")
    return {"Events": events.between(call.region, start, end, parameters.get("LookupAttributes") or [])}


def _moment(value: Any, default: datetime.datetime) -> datetime.datetime:
    return default if value is None else datetime.datetime.fromtimestamp(float(value), datetime.timezone.utc)


def _simulate_principal(call: Call, parameters: dict[str, Any]) -> dict[str, Any]:
    documents = simulation.documents_of(parameters.get("PolicySourceArn", ""))
    if documents is None:
        raise Refused("NoSuchEntity", f"`{parameters.get('PolicySourceArn')}` does not exist", 404)
    return _simulated(documents + list(parameters.get("PolicyInputList") or []), parameters)


def _simulate_custom(call: Call, parameters: dict[str, Any]) -> dict[str, Any]:
    return _simulated(list(parameters.get("PolicyInputList") or []), parameters)


def _simulated(documents: list[str], parameters: dict[str, Any]) -> dict[str, Any]:
    try:
        statements = simulation.statements_of(documents)
    except ValueError as failure:
        raise Refused("InvalidInput", f"a policy is not valid: {failure}") from None
    actions, resources = parameters.get("ActionNames") or [], parameters.get("ResourceArns") or ["*"]
    results = [
        {
            "EvalActionName": action,
            "EvalResourceName": resource,
            "EvalDecision": simulation.decide(statements, action, resource),
            "MatchedStatements": [],
            "MissingContextValues": [],
        }
        for action in actions
        for resource in resources
    ]
    return {"EvaluationResults": results, "IsTruncated": False}


ANSWERS: dict[str, Callable[[Call, dict[str, Any]], dict[str, Any]]] = {
    "account:ListRegions": _list_regions,
    "account:GetRegionOptStatus": _region_opt_status,
    "backup:DescribeRestoreJob": restore_jobs.describe,
    "backup:GetRecoveryPointRestoreMetadata": restore_jobs.metadata,
    "backup:ListProtectedResources": backups.resources,
    "backup:ListRecoveryPointsByBackupVault": backups.by_vault,
    "backup:ListRecoveryPointsByResource": backups.by_resource,
    "backup:ListRestoreJobs": restore_jobs.listed,
    "backup:PutRestoreValidationResult": restore_jobs.validate,
    "backup:StartRestoreJob": restore_jobs.start,
    "cloudtrail:LookupEvents": _lookup_events,
    "iam:SimulatePrincipalPolicy": _simulate_principal,
    "iam:SimulateCustomPolicy": _simulate_custom,
}
