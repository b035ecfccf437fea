"""The switches that make chosen AWS operations fail: refused, slow, throttled, lost, cut off, hung.

A fault names an operation (`rds:CopyDBSnapshot`, `rds:*`, `*`) and a region (or `*`), and acts until it is cleared or,
with `times`, until it has met so many calls. The control interface is never subject to any of them.
"""

from __future__ import annotations

import dataclasses
import difflib
import fnmatch
import itertools
import re
import threading
import time
from collections.abc import Iterator
from typing import Any

from trackera_lab import operations
from trackera_lab.operations import Call

KINDS = ("deny", "deny-scp", "delay", "throttle", "drop", "refuse", "hang")
_PATTERN = re.compile(r"\*|[a-z0-9-]+:(\*|[A-Za-z0-9]+\*?)")
_REGION = re.compile(r"\*|[a-z]{2}(-[a-z]+)+-\d")


class Unusable(ValueError):
    """A fault that was asked for cannot be set; the message says why and what to write instead."""


@dataclasses.dataclass
class Fault:
    """One switch."""

    id: int
    kind: str
    operation: str
    region: str
    milliseconds: int | None = None
    rate: float | None = None
    times: int | None = None
    met: int = 0
    cleared: threading.Event = dataclasses.field(default_factory=threading.Event, repr=False)
    buckets: dict[str, TokenBucket] = dataclasses.field(default_factory=dict, repr=False)

    def matches(self, call: Call) -> bool:
        """Whether this switch is about that call."""
        if self.region not in ("*", call.region):
            return False
        return self.operation == "*" or fnmatch.fnmatchcase(call.name, self.operation)

    def public(self) -> dict[str, Any]:
        """What the control interface shows."""
        shown = {"id": self.id, "kind": self.kind, "operation": self.operation, "region": self.region, "met": self.met}
        optional = {"milliseconds": self.milliseconds, "rate": self.rate, "times": self.times}
        return shown | {key: value for key, value in optional.items() if value is not None}


class TokenBucket:
    """AWS's way of limiting a rate: a bucket that refills steadily and holds one second's worth."""

    def __init__(self, rate: float) -> None:
        self._rate = rate
        self._tokens = max(rate, 1.0)
        self._at = time.monotonic()
        self._lock = threading.Lock()

    def take(self) -> bool:
        """Take one token if there is one."""
        with self._lock:
            now = time.monotonic()
            self._tokens = min(max(self._rate, 1.0), self._tokens + (now - self._at) * self._rate)
            self._at = now
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


_lock = threading.Lock()
_faults: list[Fault] = []
_ids = itertools.count(1)


def add(request: dict[str, Any]) -> Fault:
    """Set a switch as the control interface describes it."""
    unknown = set(request) - {"kind", "operation", "region", "milliseconds", "rate", "times"}
    if unknown:
        raise Unusable(f"unknown field `{sorted(unknown)[0]}` in a fault")
    kind = request.get("kind")
    if kind not in KINDS:
        raise Unusable(f"`{kind}` is not a kind of fault: use one of {', '.join(KINDS)}")
    fault = Fault(
        id=0,
        kind=kind,
        operation=_operation(request.get("operation")),
        region=_region(request.get("region", "*")),
        milliseconds=_number(request, "milliseconds", int, kind == "delay"),
        rate=_number(request, "rate", (int, float), False),
        times=_number(request, "times", int, False),
    )
    with _lock:
        fault.id = next(_ids)
        _faults.append(fault)
    return fault


def _number(request: dict[str, Any], name: str, kind: Any, needed: bool) -> Any:
    value = request.get(name)
    if value is None and not needed:
        return None
    if isinstance(value, bool) or not isinstance(value, kind) or value <= 0 or value > 86_400_000:
        raise Unusable(f"`{name}` must be a positive number, not {value!r}")
    return value


def _region(region: Any) -> str:
    if not isinstance(region, str) or not _REGION.fullmatch(region):
        raise Unusable(f"{region!r} is not a region such as eu-central-1, nor *")
    return region


def _operation(pattern: Any) -> str:
    """Refuse a misspelt operation at once: a switch that never acts would make its test pass for nothing."""
    if not isinstance(pattern, str) or not _PATTERN.fullmatch(pattern):
        raise Unusable(f"{pattern!r} is not an operation such as ec2:DescribeVolumes, ec2:* or *")
    service, _, operation = pattern.partition(":")
    if pattern == "*":
        return pattern
    if not operations.exists(service):
        raise Unusable(f"AWS has no service `{service}`{_nearest(service, operations.services())}")
    known = operations.names(service)
    if not any(fnmatch.fnmatchcase(name, operation) for name in known):
        raise Unusable(f"`{service}` has no operation `{operation}`{_nearest(operation, known)}")
    return pattern


def _nearest(word: str, words: Any) -> str:
    close = difflib.get_close_matches(word, words, n=1)
    return f": did you mean `{close[0]}`?" if close else ""


def listed() -> list[dict[str, Any]]:
    """Every switch that is set."""
    with _lock:
        return [fault.public() for fault in _faults]


def clear(number: int | None = None) -> int:
    """Take back one switch, or all; calls that hang on it go on. Says how many were taken back."""
    with _lock:
        gone = [fault for fault in _faults if number in (None, fault.id)]
        _faults[:] = [fault for fault in _faults if fault not in gone]
    for fault in gone:
        fault.cleared.set()
    return len(gone)


def meeting(call: Call) -> Iterator[Fault]:
    """The switches that act on this call, in the order they were set."""
    with _lock:
        matching = [fault for fault in _faults if fault.matches(call)]
        matching = [fault for fault in matching if fault.times is None or fault.met < fault.times]
        for fault in matching:
            fault.met += 1
    yield from matching


def over_limit(fault: Fault, call: Call) -> bool:
    """Whether a throttle stops this call: always, or beyond its rate per service and region."""
    if fault.rate is None:
        return True
    with _lock:
        bucket = fault.buckets.setdefault(f"{call.service} {call.region}", TokenBucket(fault.rate))
    return not bucket.take()
