"""The control interface under `/_lab/`: JSON in, JSON out, and never subject to a fault or an outage.

It asks for the header `x-lab-control: 1`, which no web page can send to another origin without being allowed to.
A request that makes no sense is answered with 400 and `{"error": why}`.

    GET status                                      the whole state
    POST seed {variant, scale?, draw?}              fill the empty estate; `generated` is drawn at random
    POST reset {variant?, scale?, draw?}            empty it, end faults and outages; fill it again
    GET truth                                       what is known to be true of a generated estate
    POST faults {kind, operation, region?, ...}     set a fault: `milliseconds` for delay, `rate` for throttle, `times`
    GET faults | DELETE faults?id=N                 list them; end one, or all
    POST outage {region, down}                      take a region down, bring it back
    GET settings | POST settings {page_size, ...}   what no AWS call can set
    POST stubs {operation, region?, answer}         answer an operation with this until the next reset
    GET calls | DELETE calls                        the AWS calls received
    GET members | POST members {address: {...}}     whom loopback addresses stand for at the databases' door
    POST archive {identifier, region, stalled}      stop a database's log archiving, or resume it
    POST shutdown                                   end the lab
"""

from __future__ import annotations

import json
import urllib.parse
from collections.abc import Callable
from typing import Any

from trackera_lab import calls, faults, outages, settings, stubs
from trackera_lab.answers import Answer, json_answer
from trackera_lab.lab import Lab, Unusable

PREFIX = "/_lab/"
_WRONG_REQUEST = (faults.Unusable, settings.Unusable, stubs.Unusable, Unusable, ValueError, LookupError)


class Control:
    """Answers control requests of one lab."""

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._routes: dict[tuple[str, str], Callable[[dict[str, Any]], Any]] = {
            ("GET", "status"): lambda _: lab.status(),
            ("POST", "seed"): lambda body: lab.seed(_text(body, "variant"), *_extent(body)),
            ("POST", "reset"): lambda body: lab.reset(body.get("variant"), *_extent(body)),
            ("GET", "truth"): lambda _: lab.truth(),
            ("POST", "shutdown"): lambda _: lab.stop(),
            ("POST", "outage"): self._outage,
            ("GET", "faults"): lambda _: faults.listed(),
            ("POST", "faults"): lambda body: faults.add(body).public(),
            ("DELETE", "faults"): lambda body: {"cleared": faults.clear(_number(body, "id"))},
            ("GET", "settings"): lambda _: settings.shown(),
            ("POST", "settings"): settings.change,
            ("GET", "members"): lambda _: lab.members({}),
            ("POST", "members"): lab.members,
            ("POST", "archive"): self._archive,
            ("POST", "stubs"): stubs.replace,
            ("GET", "calls"): lambda _: calls.seen(),
            ("DELETE", "calls"): lambda _: calls.clear(),
        }

    def answer(self, environ: dict[str, Any]) -> Answer:
        """Answer one control request."""
        method, path = environ["REQUEST_METHOD"], environ["PATH_INFO"].removeprefix(PREFIX)
        if environ.get("HTTP_X_LAB_CONTROL") != "1" or "HTTP_ORIGIN" in environ:
            return json_answer(403, {"error": "control requests carry the header `x-lab-control: 1`"})
        route = self._routes.get((method, path))
        if route is None:
            known = sorted(f"{verb} {PREFIX}{name}" for verb, name in self._routes)
            return json_answer(404, {"error": f"no such control request; known: {', '.join(known)}"})
        try:
            return json_answer(200, route(_parameters(environ)))
        except _WRONG_REQUEST as failure:
            return json_answer(400, {"error": str(failure)})
        except Exception as failure:  # The control interface reports whatever went wrong; it never dies of it.
            self._lab.log.exception("control request %s %s failed", method, path)
            return json_answer(500, {"error": f"{type(failure).__name__}: {failure}"})

    def _outage(self, body: dict[str, Any]) -> dict[str, Any]:
        changed = outages.switch(_text(body, "region"), _flag(body, "down"))
        return {"changed": changed, "down": outages.regions()}

    def _archive(self, body: dict[str, Any]) -> dict[str, Any]:
        return self._lab.stall_archive(_text(body, "identifier"), _text(body, "region"), _flag(body, "stalled"))


def _parameters(environ: dict[str, Any]) -> dict[str, Any]:
    """The JSON object of the body, or, where there is none, what follows the `?`."""
    raw = environ["wsgi.input"].getvalue()
    if not raw:
        return dict(urllib.parse.parse_qsl(environ["QUERY_STRING"]))
    try:
        body = json.loads(raw)
    except ValueError as failure:
        raise ValueError(f"the body is not JSON: {failure}") from None
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")
    return body


def _text(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str):
        raise ValueError(f"`{name}` is missing")
    return value


def _flag(body: dict[str, Any], name: str) -> bool:
    value = body.get(name, True)
    if not isinstance(value, bool):
        raise ValueError(f"`{name}` must be true or false, not {value!r}")
    return value


def _extent(body: dict[str, Any]) -> tuple[int, int]:
    """How large a generated estate is to be, and which of the many."""
    scale, draw = _number(body, "scale"), _number(body, "draw")
    return (1000 if scale is None else scale), (1 if draw is None else draw)


def _number(body: dict[str, Any], name: str) -> int | None:
    value = body.get(name)
    if value is None:
        return None
    if not str(value).isdigit():
        raise ValueError(f"`{name}` must be a number, not {value!r}")
    return int(value)
