"""The data behind snapshots and backups: consistent copies of a cluster that never change once taken.

Several snapshots may stand for one copy (a snapshot and its copies in other regions): the directory goes when the last
of them goes. It can be shared because nobody ever starts a server on it; a restore copies it first.
"""

from __future__ import annotations

import datetime
import itertools
import shutil
import threading
from pathlib import Path

from .cluster import Cluster
from .site import Site


class Copy:
    """One copy of a cluster's data and the moments between which it was taken."""

    def __init__(self, path: Path, began: datetime.datetime, ended: datetime.datetime) -> None:
        self.path = path
        self.began = began
        self.ended = ended
        self._holders = 1
        self._lock = threading.Lock()

    def hold(self) -> Copy:
        """One more snapshot stands for this copy."""
        with self._lock:
            self._holders += 1
        return self

    def release(self) -> None:
        """One fewer; the last one removes the data."""
        with self._lock:
            self._holders -= 1
            last = self._holders == 0
        if last:
            shutil.rmtree(self.path, ignore_errors=True)


class Copies:
    """Takes copies and keeps them apart."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._numbers = itertools.count(1)

    def take(self, cluster: Cluster) -> Copy:
        """A copy of what the running cluster has committed by now."""
        path = self._site.root / "copies" / str(next(self._numbers))
        began = now()
        try:
            cluster.copy_to(path)
        except BaseException:
            shutil.rmtree(path, ignore_errors=True)
            raise
        return Copy(path, began, now())


def now() -> datetime.datetime:
    """The machine's time in UTC: the data lives in real time, whatever date a request claims."""
    return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
