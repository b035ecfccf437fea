"""One running lab as a whole: its estate's variant, its databases, its beginning and its end."""

from __future__ import annotations

import importlib
import logging
import threading
import time
from typing import Any

from trackera_lab import calls, faults, outages, settings, stubs, trail
from trackera_lab.context import Context
from trackera_lab.emulator import Emulator

GENERATED = "generated"
VARIANTS = ("clean", "drifted", "hostile", GENERATED)


SMALLEST, LARGEST = 100, 20_000
"""How large a generated estate may be."""


class Unusable(ValueError):
    """A request that the lab cannot follow; the message says why."""


class Lab:
    """State that outlives a request. Every public method may be called from any thread."""

    def __init__(self, context: Context, moto: Emulator) -> None:
        self.context = context
        self.log = logging.getLogger("trackera_lab")
        self.stopping = threading.Event()
        self._moto = moto
        self._changing = threading.Lock()
        self._variant: str | None = None
        self._truth: dict[str, Any] | None = None
        self._started_at = time.monotonic()
        self._databases: Any = importlib.import_module("trackera_lab.databases")
        self._databases.install(context)
        outages.listen(self._databases.outage)

    def status(self) -> dict[str, Any]:
        """What a person or a test wants to know about this lab."""
        return {
            "name": self.context.name,
            "endpoint": self.context.endpoint,
            "account": self.context.account,
            "regions": [self.context.primary_region, self.context.recovery_region],
            "variant": self._variant,
            "uptime_seconds": round(time.monotonic() - self._started_at, 1),
            "calls": calls.count(),
            "faults": faults.listed(),
            "down": outages.regions(),
            "settings": settings.shown(),
            "databases": self._databases.describe(),
        }

    def seed(self, variant: str, scale: int, draw: int) -> dict[str, Any]:
        """Fill the estate. An estate is filled once; `reset` empties it first."""
        _check(variant, scale, draw)
        with self._changing:
            if self._variant is not None:
                raise Unusable(f"the estate already holds `{self._variant}`: reset the lab first")
            return self._fill(variant, scale, draw)

    def _fill(self, variant: str, scale: int, draw: int) -> dict[str, Any]:
        began = time.monotonic()
        self._variant = f"{variant} (unfinished)"
        if variant == GENERATED:
            self._truth = importlib.import_module("trackera_lab.truth").seed(self.context.endpoint, scale, draw)
        else:
            importlib.import_module("trackera_lab.estate").seed(self.context.endpoint, variant)
        self._databases.settle()
        self._variant = f"{variant} (scale {scale}, draw {draw})" if variant == GENERATED else variant
        trail.forget()
        calls.clear()
        return {"variant": self._variant, "milliseconds": round((time.monotonic() - began) * 1000)}

    def truth(self) -> dict[str, Any]:
        """What is known to be true of a generated estate."""
        if self._truth is None:
            raise Unusable("the truth is known of a `generated` estate only: seed one")
        return self._truth

    def reset(self, variant: str | None, scale: int, draw: int) -> dict[str, Any]:
        """Empty the estate, end every fault and outage, put the settings back; then fill it again if asked."""
        if variant is not None:
            _check(variant, scale, draw)
        with self._changing:
            faults.clear()
            outages.end_all()
            settings.reset()
            stubs.reset()
            self._databases.reset()
            self._moto.reset()
            calls.clear()
            self._variant = self._truth = None
            return self._fill(variant, scale, draw) if variant else {"variant": None, "milliseconds": 0}

    def certificate(self) -> str:
        """The file that clients of the databases trust."""
        return str(self._databases.fleet().certificate_file)

    def members(self, declared: dict[str, Any]) -> dict[str, Any]:
        """Say whom loopback addresses stand for when they ask the front for a database; shows all of them."""
        return self._databases.members(declared)

    def stall_archive(self, identifier: str, region: str, stalled: bool) -> dict[str, Any]:
        """Stop or resume the log archiving of a database, on which its restore window depends."""
        self._databases.stall_archive(identifier, region, stalled)
        return {"identifier": identifier, "region": region, "stalled": stalled}

    def stop(self) -> dict[str, Any]:
        """Ask the process to end; what hangs is let go."""
        faults.clear()
        self.stopping.set()
        return {"stopping": True}

    def close(self) -> None:
        """Stop every database. Nothing of a lab outlives it."""
        self._databases.shutdown()


def _check(variant: str, scale: int, draw: int) -> None:
    if variant not in VARIANTS:
        raise Unusable(f"`{variant}` is not a variant: use one of {', '.join(VARIANTS)}")
    if not SMALLEST <= scale <= LARGEST:
        raise Unusable(f"a generated estate has {SMALLEST} to {LARGEST} resources, not {scale}")
    if draw < 0:
        raise Unusable(f"`draw` is a number from 0 on, not {draw}")
