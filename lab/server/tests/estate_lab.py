"""A lab inside the test's own process, for tests of the estate: AWS over HTTP, dates and corrections, no databases."""

from __future__ import annotations

import threading
from typing import Any

from trackera_lab import clock, corrections, emulator, estate, settings, truth
from trackera_lab.estate.clients import Clients

_state: dict[str, object] = {}


def seeded(variant: str) -> Clients:
    """Clients of a lab that holds a variant; the same variant is filled once for all tests that follow each other."""
    if not _state:
        _start()
    if _state.get("variant") != variant:
        _empty()
        estate.seed(str(_state["endpoint"]), variant)
        _state["variant"] = variant
    return Clients(str(_state["endpoint"]))


def generated(scale: int, draw: int) -> tuple[Clients, dict[str, Any]]:
    """Clients of a lab that holds a random estate, and the truth about it."""
    if not _state:
        _start()
    key = f"generated {scale} {draw}"
    if _state.get("variant") != key:
        _empty()
        _state["truth"] = truth.seed(str(_state["endpoint"]), scale, draw)
        _state["variant"] = key
    told = _state["truth"]
    assert isinstance(told, dict)
    return Clients(str(_state["endpoint"])), told


def forget() -> None:
    """Fill the lab afresh for the next test."""
    _state.pop("variant", None)


def _start() -> None:
    emulator.prepare()
    clock.install()
    corrections.install()
    from trackera_lab.application import Application
    from trackera_lab.serving import Server

    moto = emulator.Emulator()
    server = Server(0, Application(moto).answer)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.2}, daemon=True).start()
    _state.update(moto=moto, endpoint=f"http://127.0.0.1:{server.server_port}")


def _empty() -> None:
    settings.reset()
    moto = _state["moto"]
    assert isinstance(moto, emulator.Emulator)
    moto.reset()
