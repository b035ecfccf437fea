"""CloudTrail's event history: what `LookupEvents` finds, from the fixture file, newest first."""

from __future__ import annotations

import datetime
import json
import uuid
from typing import Any

from trackera_lab.context import ACCOUNT
from trackera_lab.stubs import fixture

HISTORY = "cloudtrail:LookupEvents"
_ATTRIBUTES = {
    "EventId": "EventId",
    "EventName": "EventName",
    "EventSource": "EventSource",
    "Username": "Username",
    "AccessKeyId": "AccessKeyId",
    "ReadOnly": "ReadOnly",
}


def between(
    region: str, start: datetime.datetime, end: datetime.datetime, attributes: list[dict[str, str]]
) -> list[dict[str, Any]]:
    """The events of a region in a span of time that have the wanted attribute."""
    found = []
    for event in fixture.filled(fixture.load()[HISTORY], region)["Events"]:
        if start <= event["EventTime"] <= end and all(_has(event, attribute) for attribute in attributes):
            found.append(_complete(event, region))
    return sorted(found, key=lambda event: event["EventTime"], reverse=True)


def _has(event: dict[str, Any], attribute: dict[str, str]) -> bool:
    key, value = attribute.get("AttributeKey", ""), attribute.get("AttributeValue")
    if key in ("ResourceName", "ResourceType"):
        return any(resource.get(key) == value for resource in event.get("Resources", []))
    return event.get(_ATTRIBUTES.get(key, key)) == value


def _complete(event: dict[str, Any], region: str) -> dict[str, Any]:
    """Add what follows from the rest: the id, and the record as CloudTrail writes it to its bucket."""
    moment: datetime.datetime = event["EventTime"]
    seed = f"{event['EventName']} {event['Username']} {event.get('Resources')} {region}"
    identifier = str(uuid.uuid5(uuid.NAMESPACE_OID, seed))
    is_root = event["Username"] == "root"
    arn = f"arn:aws:iam::{ACCOUNT}:root" if is_root else f"arn:aws:iam::{ACCOUNT}:user/{event['Username']}"
    record = {
        "eventVersion": "1.11",
        "userIdentity": {"type": "Root" if is_root else "IAMUser", "arn": arn, "accountId": ACCOUNT},
        "eventTime": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "eventSource": event["EventSource"],
        "eventName": event["EventName"],
        "awsRegion": region,
        "sourceIPAddress": "203.0.113.20",
        "readOnly": event["ReadOnly"] == "true",
        "eventID": identifier,
        "eventType": "AwsApiCall",
        "recipientAccountId": ACCOUNT,
    }
    return event | {"EventId": identifier, "CloudTrailEvent": json.dumps(record)}
