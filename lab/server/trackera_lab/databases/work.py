"""Runs what AWS does after it has answered: each state lasts a little, and something real happens in it.

An interface call sets the first state and returns; a thread walks the instance through the others. The thread never
touches an instance that was forgotten (reset), and when its region goes dark it waits and does the interrupted state
again once the region is back, as AWS resumes what it had begun.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

_log = logging.getLogger(__name__)
JOIN_SECONDS = 60


class Stage(NamedTuple):
    """One state and what happens in it; the action must be repeatable."""

    status: str
    action: Callable[[], None]


def nothing() -> None:
    """The action of a state in which only time passes."""


class Work:
    """The work under way in one lab."""

    def __init__(self, pace: float, lock: threading.RLock) -> None:
        self._pace = pace
        self._lock = lock
        self._threads: dict[Any, threading.Thread] = {}
        self._down: set[str] = set()
        self._outages: Counter[str] = Counter()
        self._changed = threading.Condition()

    def begin(self, subject: Any, stages: list[Stage], final: str | None, after: Callable[[], None] = nothing) -> None:
        """Set the first state now and walk through the rest in the background.

        `subject` has `status`, `region` and `forgotten`. `final` is its state afterwards (none: it is gone by then);
        `after` runs last, once that state is set.
        """
        with self._lock:
            subject.status = stages[0].status
            thread = threading.Thread(
                target=self._walk, args=(subject, stages, final, after), name=f"work-{subject.resource_id}", daemon=True
            )
            self._threads[subject] = thread
        thread.start()

    def _walk(self, subject: Any, stages: list[Stage], final: str | None, after: Callable[[], None]) -> None:
        try:
            for stage in stages:
                with self._lock:
                    subject.status = stage.status
                if not self._carry_out(subject, stage):
                    return
            with self._lock:
                self._end(subject)
                if final is not None:
                    subject.status = final
                after()
        except Exception:
            _log.exception("the state of %s could not be changed", subject.resource_id)
            subject.status = "failed"
        finally:
            self._end(subject)

    def _end(self, subject: Any) -> None:
        """Note that this thread's work is over; the next work of the subject may have begun already."""
        with self._lock:
            if self._threads.get(subject) is threading.current_thread():
                del self._threads[subject]

    def _carry_out(self, subject: Any, stage: Stage) -> bool:
        """Do one stage, again after an outage; false when the subject was forgotten meanwhile."""
        while not subject.forgotten:
            self._wait_for(subject)
            began, outages = time.monotonic(), self._outages[subject.region]
            try:
                stage.action()
            except Exception:
                if subject.forgotten:
                    return False
                if self._outages[subject.region] != outages:
                    continue
                raise
            time.sleep(max(0.0, began + self._pace - time.monotonic()))
            return not subject.forgotten
        return False

    def _wait_for(self, subject: Any) -> None:
        with self._changed:
            while subject.region in self._down and not subject.forgotten:
                self._changed.wait(timeout=0.5)

    def is_down(self, region: str) -> bool:
        """Whether the region is dark."""
        return region in self._down

    def set_down(self, region: str, down: bool) -> None:
        """Darken a region, or let the work there go on."""
        with self._changed:
            (self._down.add if down else self._down.discard)(region)
            self._outages[region] += down
            self._changed.notify_all()

    def is_busy(self, subject: Any) -> bool:
        """Whether work is under way for the subject."""
        return subject in self._threads

    def wait_for_all(self, seconds: float = JOIN_SECONDS) -> None:
        """Wait until no work is under way at all."""
        for subject in list(self._threads):
            self.wait(subject, seconds)

    def wait(self, subject: Any, seconds: float = JOIN_SECONDS) -> None:
        """Wait until no work is under way for the subject."""
        thread = self._threads.get(subject)
        if thread is not None and thread is not threading.current_thread():
            thread.join(timeout=seconds)
