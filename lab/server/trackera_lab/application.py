"""The way of one AWS request through the lab: named, faulted, answered by a stub or by moto, logged.

Nothing returned means that the client gets no answer: its connection is reset.
"""

from __future__ import annotations

import logging
import time
from typing import Any

from trackera_lab import answers, calls, clock, emulator, faults, operations, outages, refusals, stubs, trail
from trackera_lab.answers import Answer
from trackera_lab.faults import Fault
from trackera_lab.operations import Call
from trackera_lab.serving import CONNECTION, Connection

_POLL_SECONDS = 0.1
_NO_ANSWER = ("drop", "refuse", "hang", "outage")
_log = logging.getLogger(__name__)


class Application:
    """Answers AWS requests."""

    def __init__(self, moto: emulator.Emulator) -> None:
        self._moto = moto

    def answer(self, environ: dict[str, Any]) -> Answer | None:
        """Answer one request, or decide that it stays unanswered."""
        headers = _headers(environ)
        if "origin" in headers:
            return answers.json_answer(403, {"error": "the lab does not answer web pages"})
        environ = _without_virtual_host(environ, headers)
        call = operations.resolve(environ, headers, environ["wsgi.input"].getvalue())
        answer, fault = self._through_faults(call, environ)
        if fault in _NO_ANSWER:
            answer = None
        calls.record(call.name, call.region, answer.status if answer else None, fault)
        if answer:
            trail.tell(call, answer)
        return answers.naming(call, answer) if answer else None

    def _through_faults(self, call: Call, environ: dict[str, Any]) -> tuple[Answer | None, str | None]:
        """The answer, and the fault that shaped it."""
        if outages.cut_off(call):
            return None, "outage"
        shaped_by = None
        loses_answer = False
        for fault in faults.meeting(call):
            refusal, stops = _act(fault, call, environ[CONNECTION])
            if stops:
                return refusal, fault.kind
            if fault.kind == "drop":
                loses_answer = True
            elif fault.kind in ("delay", "hang"):
                shaped_by = "delay"
        answer = self._perform(call, environ)
        # A region that died meanwhile cannot deliver what it did.
        if outages.cut_off(call):
            return None, "outage"
        return answer, "drop" if loses_answer else shaped_by

    def _perform(self, call: Call, environ: dict[str, Any]) -> Answer:
        try:
            moment = clock.parse(call.headers[clock.HEADER]) if clock.HEADER in call.headers else None
        except ValueError as failure:
            return answers.error(call, "ValidationError", f"{clock.HEADER}: {failure}", 400)
        if call.operation is None:
            return answers.not_known(call)
        try:
            with clock.at(moment):
                return stubs.answer(call, environ) or self._moto.perform(call, environ)
        except Exception as failure:  # A request that the lab cannot digest is answered, like every other.
            _log.exception("the lab failed on %s", call.name)
            return answers.crashed(call, failure)


def _act(fault: Fault, call: Call, connection: Connection) -> tuple[Answer | None, bool]:
    """Let one fault act; says what to answer and whether the call ends here."""
    if fault.kind == "refuse":
        return None, True
    if fault.kind in ("deny", "deny-scp"):
        return refusals.denied(call, fault.kind == "deny-scp"), True
    if fault.kind == "throttle":
        over = faults.over_limit(fault, call)
        return (refusals.throttled(call) if over else None), over
    if fault.kind == "delay":
        waited = _wait(fault, connection, (fault.milliseconds or 0) / 1000)
        return None, not waited
    if fault.kind == "hang":
        waited = _wait(fault, connection, None)
        return None, not waited
    return None, False


def _wait(fault: Fault, connection: Connection, seconds: float | None) -> bool:
    """Wait until the time is over or the fault is cleared; `False` when the client has gone away meanwhile."""
    end = None if seconds is None else time.monotonic() + seconds
    while True:
        left = _POLL_SECONDS if end is None else min(_POLL_SECONDS, end - time.monotonic())
        if left <= 0 or fault.cleared.wait(left):
            return True
        if connection.gone():
            return False


def _headers(environ: dict[str, Any]) -> dict[str, str]:
    headers = {
        name[5:].replace("_", "-").lower(): value
        for name, value in environ.items()
        if name.startswith("HTTP_") and isinstance(value, str)
    }
    if environ.get("CONTENT_TYPE"):
        headers["content-type"] = environ["CONTENT_TYPE"]
    return headers


def _without_virtual_host(environ: dict[str, Any], headers: dict[str, str]) -> dict[str, Any]:
    """Clients may put the bucket, or the account for S3 Control, before the host name; the path holds both as well."""
    label = emulator.virtual_host(environ)
    signed_for_s3 = "authorization" not in headers or "/s3/aws4_request" in headers["authorization"]
    if label is None or not signed_for_s3 or environ["PATH_INFO"].startswith("/v20180820/"):
        return environ
    return emulator.in_path(environ, label)
