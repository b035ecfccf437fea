"""The lab's clock. A request may say when it happens (`x-lab-date`), so that keys and snapshots can be born old.

The override belongs to one thread, because one thread serves one request; it never leaks into another request.
"""

from __future__ import annotations

import contextlib
import datetime
import re
import threading
from collections.abc import Iterator

HEADER = "x-lab-date"

_override = threading.local()
_RELATIVE = re.compile(r"-(\d{1,6})([dhm])")
_UNITS = {"d": "days", "h": "hours", "m": "minutes"}


def now() -> datetime.datetime:
    """The time that this thread's request claims, or the real one, in UTC."""
    return getattr(_override, "moment", None) or datetime.datetime.now(datetime.timezone.utc)


def naive() -> datetime.datetime:
    """`now` without a time zone, as moto keeps its dates."""
    return now().replace(tzinfo=None)


def timestamp() -> float:
    """`now` in seconds since 1970."""
    return now().timestamp()


@contextlib.contextmanager
def at(moment: datetime.datetime | None) -> Iterator[None]:
    """Let this thread live at `moment` for a while; `None` changes nothing."""
    before = getattr(_override, "moment", None)
    _override.moment = moment or before
    try:
        yield
    finally:
        _override.moment = before


def parse(text: str) -> datetime.datetime:
    """Read an instant (`2026-08-01T00:00:00Z`) or an age (`-120d`, `-36h`, `-90m`)."""
    relative = _RELATIVE.fullmatch(text)
    if relative:
        age = datetime.timedelta(**{_UNITS[relative[2]]: int(relative[1])})
        return datetime.datetime.now(datetime.timezone.utc) - age
    try:
        moment = datetime.datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        raise ValueError(f"`{text}` is neither an instant such as 2026-08-01T00:00:00Z nor an age such as -120d") from None
    if moment.tzinfo is None:
        raise ValueError(f"`{text}` names no time zone: end it with Z")
    return moment.astimezone(datetime.timezone.utc)


def install() -> None:
    """Make moto read this clock.

    moto's services import `utcnow` by name, so replacing the attribute would reach none of them; replacing the code
    of the function itself reaches all.
    """
    from moto.core import utils

    def utcnow():  # type: ignore[no-untyped-def]
        from trackera_lab.clock import naive

        return naive()

    utils.utcnow.__code__ = utcnow.__code__
