"""The IAM credential report: with the root user's row, and as old as it is.

AWS makes a report on request, takes a moment for it, and makes no new one within four hours; so does the lab.
"""

from __future__ import annotations

import csv
import datetime
import io
import time
from typing import Any

from trackera_lab import clock, settings
from trackera_lab.context import ACCOUNT

_COLUMNS = (
    "user", "arn", "user_creation_time", "password_enabled", "password_last_used", "password_last_changed",
    "password_next_rotation", "mfa_active", "access_key_1_active", "access_key_1_last_rotated",
    "access_key_1_last_used_date", "access_key_1_last_used_region", "access_key_1_last_used_service",
    "access_key_2_active", "access_key_2_last_rotated", "access_key_2_last_used_date", "access_key_2_last_used_region",
    "access_key_2_last_used_service", "cert_1_active", "cert_1_last_rotated", "cert_2_active", "cert_2_last_rotated",
)  # fmt: skip
_VALID_FOR = datetime.timedelta(hours=4)
_MAKING_SECONDS = 0.2
_NO_KEY = ["false", "N/A", "N/A", "N/A", "N/A"]


def install() -> None:
    """Replace moto's report."""
    from moto.core.responses import ActionResult
    from moto.iam.responses import IamResponse

    from trackera_lab.corrections.refusal import Refusal

    def generate_credential_report(self: Any) -> Any:
        report = getattr(self.backend, "lab_report", None)
        if report and time.monotonic() < report["ready_at"]:
            return ActionResult({"State": "INPROGRESS"})
        if report and _is_valid(report):
            return ActionResult({"State": "COMPLETE"})
        self.backend.lab_report = {
            "content": _write(self.backend),
            "made_at": clock.now(),
            "revision": settings.revision(),
            "ready_at": time.monotonic() + _MAKING_SECONDS,
        }
        return ActionResult({
            "State": "STARTED",
            "Description": "No report exists. Starting a new report generation task",
        })  # fmt: skip

    def get_credential_report(self: Any) -> Any:
        report = getattr(self.backend, "lab_report", None)
        if report is None:
            raise Refusal("ReportNotPresent", "No report exists.")
        if time.monotonic() < report["ready_at"]:
            raise Refusal("ReportInProgress", "The report is being generated.")
        return ActionResult(
            {"Content": report["content"], "ReportFormat": "text/csv", "GeneratedTime": report["made_at"]}
        )

    IamResponse.generate_credential_report = generate_credential_report
    IamResponse.get_credential_report = get_credential_report


def _is_valid(report: dict[str, Any]) -> bool:
    """A change of the settings makes a new report at once: on AWS nothing could have changed them so suddenly."""
    return clock.now() - report["made_at"] < _VALID_FOR and report["revision"] == settings.revision()


def _write(backend: Any) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_COLUMNS)
    writer.writerow(_root_row())
    policy = backend.account_password_policy
    for user in backend.users.values():
        writer.writerow(_user_row(user, policy))
    return text.getvalue()


def _root_row() -> list[str]:
    root = settings.root()
    key_dates = [root["access_key_last_rotated"] or root["created_at"], root["access_key_last_used"]]
    keys = [_root_key(*key_dates) if number < root["access_keys"] else _NO_KEY for number in range(2)]
    certificates = [["true" if number < root["certificates"] else "false", "N/A"] for number in range(2)]
    return [
        "<root_account>",
        f"arn:aws:iam::{ACCOUNT}:root",
        _date(clock.parse(root["created_at"])),
        "not_supported",
        _date(clock.parse(root["password_last_used"])) if root["password_last_used"] else "no_information",
        "not_supported",
        "not_supported",
        _boolean(root["mfa"] != "none"),
        *keys[0],
        *keys[1],
        *certificates[0],
        *certificates[1],
    ]


def _root_key(rotated: str, used: str | None) -> list[str]:
    place = ["us-east-1", "iam"] if used else ["N/A", "N/A"]
    return ["true", _date(clock.parse(rotated)), _date(clock.parse(used)) if used else "N/A", *place]


def _user_row(user: Any, policy: Any) -> list[str]:
    keys = [_key(user.access_keys[number]) if number < len(user.access_keys) else _NO_KEY for number in range(2)]
    certificates = list(user.signing_certificates.values())
    states = [number < len(certificates) and certificates[number].status == "Active" for number in range(2)]
    return [
        user.name,
        user.arn,
        _date(user.create_date),
        _boolean(bool(user.password)),
        *_password(user, policy),
        _boolean(bool(user.mfa_devices)),
        *keys[0],
        *keys[1],
        _boolean(states[0]),
        "N/A",
        _boolean(states[1]),
        "N/A",
    ]


def _password(user: Any, policy: Any) -> list[str]:
    if not user.password:
        return ["N/A", "N/A", "N/A"]
    changed = getattr(user, "password_changed_at", user.create_date)
    used = user.password_last_used
    max_age = getattr(policy, "max_password_age", None)
    expires = _date(changed + datetime.timedelta(days=int(max_age))) if max_age else "N/A"
    return [_date(used) if used else "no_information", _date(changed), expires]


def _key(key: Any) -> list[str]:
    used = key.last_used
    place = [_date(used.timestamp), used.region, used.service] if used else ["N/A", "N/A", "N/A"]
    return [_boolean(key.status == "Active"), _date(key.create_date), *place]


def _date(moment: datetime.datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S+00:00")


def _boolean(value: bool) -> str:
    return "true" if value else "false"
