"""When the company's nightly work happened. Pure: the present is an argument.

Snapshots and dumps are taken at fixed hours in UTC, so the newest ones are between minutes and a day old, whenever the
lab is started.
"""

from __future__ import annotations

import datetime

DUMP = datetime.time(2, 40)
SNAPSHOT = datetime.time(3, 12)
COPY = datetime.time(3, 55)
VAULT = datetime.time(4, 30)


def latest(at: datetime.time, now: datetime.datetime) -> datetime.datetime:
    """The last time that it was `at` o'clock before `now`."""
    moment = datetime.datetime.combine(now.date(), at, datetime.timezone.utc)
    return moment if moment <= now else moment - datetime.timedelta(days=1)


def last(count: int, at: datetime.time, now: datetime.datetime) -> list[datetime.datetime]:
    """The last `count` nights at that hour, oldest first."""
    newest = latest(at, now)
    return [newest - datetime.timedelta(days=days) for days in range(count - 1, -1, -1)]
