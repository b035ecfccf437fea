"""The log archive of one cluster, as far as it can be seen from the file system.

It answers how far a restore could reach. It must never ask the server: a server that is down or hung has an archive all
the same, and that is when the question matters.
"""

from __future__ import annotations

import datetime
import shutil
import time
from pathlib import Path

from .configuration import ARCHIVE_SECONDS

STALL = "stalled"
SLACK_SECONDS = 1.0
"""What a server may need beyond its archive time-out before a finished segment lies in the archive."""


class Archive:
    """The directory that finished log segments are copied to."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._status = path.parent / "data" / "pg_wal" / "archive_status"

    def clear(self) -> None:
        """Forget all segments: they belong to data that is gone."""
        for entry in self.path.iterdir():
            if entry.is_dir():
                shutil.rmtree(entry)
            else:
                entry.unlink()

    def stall(self, stalled: bool) -> None:
        """Make the archiving fail, or work again: what a full or unreachable store does."""
        marker = self.path / STALL
        if stalled:
            marker.touch()
        else:
            marker.unlink(missing_ok=True)

    def is_stalled(self) -> bool:
        """Whether archiving was made to fail."""
        return (self.path / STALL).exists()

    def latest(self, running: bool) -> datetime.datetime | None:
        """The moment up to which everything committed is in the archive.

        While the server runs and hands over its segments in time this moves with the clock; when segments wait longer
        than they should, or the server is down, it stands where the archive ends.
        """
        moving = time.time() - ARCHIVE_SECONDS - SLACK_SECONDS
        if running:
            waiting = self._oldest_waiting()
            return utc(moving if waiting is None else min(moving, waiting - ARCHIVE_SECONDS))
        newest = self._newest_segment()
        return None if newest is None else utc(min(newest, time.time()))

    def wait_for(self, segment: str, seconds: float) -> bool:
        """Wait until a segment has arrived; says whether it did."""
        deadline = time.monotonic() + seconds
        while not (self.path / segment).exists():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True

    def _oldest_waiting(self) -> float | None:
        times = modification_times(self._status.glob("*.ready"))
        return min(times, default=None)

    def _newest_segment(self) -> float | None:
        segments = (path for path in self.path.glob("[0-9A-F]*") if "." not in path.name)
        return max(modification_times(segments), default=None)


def modification_times(paths) -> list[float]:
    """Times of the files that are still there when looked at."""
    times = []
    for path in paths:
        try:
            times.append(path.stat().st_mtime)
        except OSError:
            continue
    return times


def utc(seconds: float) -> datetime.datetime:
    """A moment as moto writes moments: UTC without saying so, whole seconds."""
    return datetime.datetime.fromtimestamp(int(seconds), datetime.UTC).replace(tzinfo=None)
