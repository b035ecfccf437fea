"""The log of AWS calls that this lab received: what a test asks to learn what a client really did."""

from __future__ import annotations

import collections
import datetime
import threading

LIMIT = 100_000
"""The oldest calls are forgotten beyond this number, so that a long session stays small."""

_lock = threading.Lock()
_calls: collections.deque[dict[str, object]] = collections.deque(maxlen=LIMIT)


def record(operation: str, region: str, status: int | None, fault: str | None = None) -> None:
    """Note one call. `status` is `None` where the client never got an answer."""
    at = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    entry = {"operation": operation, "region": region, "at": at, "status": status, "fault": fault}
    with _lock:
        _calls.append(entry)


def seen() -> list[dict[str, object]]:
    """All calls that are still remembered, oldest first."""
    with _lock:
        return list(_calls)


def count() -> int:
    """How many calls are remembered."""
    return len(_calls)


def clear() -> None:
    """Forget every call."""
    with _lock:
        _calls.clear()
