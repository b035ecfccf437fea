"""Which regions are down, and whether a call depends on one of them.

A call depends on the region it was signed for, on the home region of a service that has none, on the region of the
bucket it names, and on every region that an ARN among its parameters names. Policy documents are not parameters of
that sort: mentioning a dead region in a policy needs nothing from it.
"""

from __future__ import annotations

import json
import re
import threading
import urllib.parse
from collections.abc import Callable, Iterable, Iterator

from trackera_lab.context import HOME_REGION
from trackera_lab.operations import GLOBAL_SERVICES, Call

_ARN = re.compile(r"arn:aws[a-z-]*:[a-z0-9-]*:([a-z0-9-]+):\d{12}:[^\s\"{}]+")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
_REGION_PARAMETERS = frozenset({"SourceRegion"})

_lock = threading.Lock()
_down: set[str] = set()
_listeners: list[Callable[[str, bool], None]] = []


def listen(callback: Callable[[str, bool], None]) -> None:
    """Have `callback(region, down)` called on every change."""
    _listeners.append(callback)


def is_down(region: str) -> bool:
    """Whether the region is dark."""
    return region in _down


def regions() -> list[str]:
    """The regions that are dark."""
    return sorted(_down)


def switch(region: str, down: bool) -> bool:
    """Darken or restore a region; says whether that changed anything."""
    if not _REGION.fullmatch(region):
        raise ValueError(f"`{region}` is not the name of a region such as eu-central-1")
    with _lock:
        if (region in _down) == down:
            return False
        (_down.add if down else _down.discard)(region)
    for callback in list(_listeners):
        callback(region, down)
    return True


def end_all() -> None:
    """Restore every region."""
    for region in regions():
        switch(region, False)


def cut_off(call: Call) -> str | None:
    """The dark region that this call depends on, if there is one."""
    if not _down:
        return None
    return next((region for region in _depends_on(call) if region in _down), None)


def _depends_on(call: Call) -> Iterator[str]:
    yield call.region
    if call.service in GLOBAL_SERVICES:
        return
    if call.service == "s3":
        if call.operation == "ListBuckets":
            yield HOME_REGION
        yield from _bucket_region(call)
    for name, value in _parameters(call):
        if name in _REGION_PARAMETERS:
            yield value
        arn = _ARN.fullmatch(value)
        if arn:
            yield arn[1]


def _bucket_region(call: Call) -> Iterator[str]:
    from trackera_lab.buckets import region_of

    region = region_of(call.bucket) if call.bucket else None
    if region:
        yield region


def _parameters(call: Call) -> Iterator[tuple[str, str]]:
    """Every named value of the call, whatever its protocol."""
    for segment in call.path.split("/"):
        yield "", urllib.parse.unquote(segment)
    yield "", urllib.parse.unquote(call.path).lstrip("/")
    yield from urllib.parse.parse_qsl(call.query)
    if call.form:
        yield from call.form
    elif call.body[:1] in (b"{", b"["):
        try:
            yield from _leaves("", json.loads(call.body))
        except ValueError:
            return


def _leaves(name: str, value: object) -> Iterable[tuple[str, str]]:
    if isinstance(value, str):
        yield name, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(str(key), inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(name, inner)
