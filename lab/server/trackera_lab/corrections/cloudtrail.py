"""CloudTrail: what a trail records unless told otherwise, and when it last delivered."""

from __future__ import annotations

import datetime
import json
from typing import Any

from trackera_lab import clock

_EVERYTHING = {
    "ReadWriteType": "All",
    "IncludeManagementEvents": True,
    "DataResources": [],
    "ExcludeManagementEventSources": [],
}
_TO_BUCKET = datetime.timedelta(minutes=4)
_TO_LOGS = datetime.timedelta(minutes=2)
_DIGEST_EVERY = datetime.timedelta(hours=1)


def install() -> None:
    """Correct moto's trails."""
    _selectors()
    _status()


def _selectors() -> None:
    """A fresh trail records every management event and says so."""
    from moto.cloudtrail.models import Trail
    from moto.cloudtrail.responses import CloudTrailResponse

    describe = Trail.description

    def get_event_selectors(self: Any) -> str:
        name = json.loads(self.body).get("TrailName")
        arn, basic, advanced = self.cloudtrail_backend.get_event_selectors(trail_name=name)
        if advanced:
            return json.dumps({"TrailARN": arn, "AdvancedEventSelectors": advanced})
        return json.dumps({"TrailARN": arn, "EventSelectors": basic or [_EVERYTHING]})

    def description(self: Any, include_region: bool = False) -> dict[str, Any]:
        about: dict[str, Any] = describe(self, include_region)
        about["HasCustomEventSelectors"] = bool(self.event_selectors or self.advanced_event_selectors)
        return about

    CloudTrailResponse.get_event_selectors = get_event_selectors
    Trail.description = description


def _status() -> None:
    """A trail delivers every few minutes while it records, until `broken_since`; `broken_by` says why it stopped."""
    from moto.cloudtrail.models import CloudTrailBackend, TrailStatus

    find = CloudTrailBackend.get_trail_status

    def get_trail_status(self: Any, name: str) -> Any:
        status = find(self, name)
        trails = self.describe_trails(include_shadow_trails=True)
        status.trail = next(trail for trail in trails if trail.status is status)
        return status

    CloudTrailBackend.get_trail_status = get_trail_status
    TrailStatus.description = _description


def _description(status: Any) -> dict[str, Any]:
    about: dict[str, Any] = {"IsLogging": status.is_logging}
    for name, moment in (("Start", status.started), ("Stop", status.stopped)):
        about[f"TimeLogging{'Started' if name == 'Start' else 'Stopped'}"] = _text(moment)
        if moment:
            about[f"{name}LoggingTime"] = _seconds(moment)
    about["LatestNotificationAttemptTime"] = about["LatestNotificationAttemptSucceeded"] = ""
    about["LatestDeliveryAttemptTime"] = about["LatestDeliveryAttemptSucceeded"] = ""
    if not status.started:
        return about
    attempted = clock.naive() if status.is_logging else status.stopped
    delivered = getattr(status, "broken_since", None) or attempted
    about["LatestDeliveryTime"] = _seconds(_latest(status, delivered - _TO_BUCKET))
    about["LatestDeliveryAttemptTime"] = _text(_latest(status, attempted - _TO_BUCKET))
    about["LatestDeliveryAttemptSucceeded"] = _text(_latest(status, delivered - _TO_BUCKET))
    if getattr(status, "broken_by", None):
        about["LatestDeliveryError"] = status.broken_by
    if status.trail.log_validation:
        about["LatestDigestDeliveryTime"] = _seconds(_latest(status, delivered - _DIGEST_EVERY))
    if status.trail.cw_log_group_arn:
        to_logs = getattr(status, "logs_broken_since", None) or attempted
        about["LatestCloudWatchLogsDeliveryTime"] = _seconds(_latest(status, to_logs - _TO_LOGS))
        if getattr(status, "logs_broken_by", None):
            about["LatestCloudWatchLogsDeliveryError"] = status.logs_broken_by
    return about


def _latest(status: Any, moment: datetime.datetime) -> datetime.datetime:
    """Nothing was delivered before recording began."""
    return max(moment, status.started)


def _seconds(moment: datetime.datetime) -> float:
    return moment.replace(tzinfo=datetime.timezone.utc).timestamp()


def _text(moment: datetime.datetime | None) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ") if moment else ""
