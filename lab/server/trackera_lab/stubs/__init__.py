"""Operations that moto lacks, answered from a fixture file in the shapes that AWS documents.

An answer is data (`stubs.yaml`), may be replaced while the lab runs, and is written to the wire by botocore's service
models, so a stub cannot have a shape that a client does not know. Nothing here changes the estate, except that restores by AWS
Backup make instances.
"""

from __future__ import annotations

import copy
import threading
from typing import Any

from trackera_lab import operations
from trackera_lab.answers import Answer, error
from trackera_lab.corrections import paging
from trackera_lab.operations import Call
from trackera_lab.stubs import computed, fixture, wire
from trackera_lab.stubs.fixture import Stub
from trackera_lab.stubs.refused import Refused


class Unusable(ValueError):
    """A stub that was asked for cannot be; the message says why."""


_lock = threading.Lock()
_replaced: dict[tuple[str, str], Stub] = {}


def answer(call: Call, environ: dict[str, Any]) -> Answer | None:
    """The stub's answer to this call; `None` where moto answers."""
    compute, stub = _find(call)
    if compute is None and stub is None:
        return None
    parameters = wire.parameters(call, environ)
    try:
        if stub is None:
            result = compute(call, parameters)
        else:
            result = _selected(stub, fixture.filled(stub, call.region), parameters)
        return wire.serialised(call, _page(call, result, parameters))
    except Refused as refusal:
        return error(call, refusal.code, str(refusal), refusal.status)
    except paging.InvalidToken as failure:
        return error(call, "InvalidNextTokenException", f"the token `{failure}` is not valid", 400)


def _find(call: Call) -> tuple[Any, Stub | None]:
    """The function or the data that answers: what was put in its place while the lab runs comes first."""
    with _lock:
        replaced = _replaced.get((call.name, call.region)) or _replaced.get((call.name, "*"))
    if replaced:
        return None, replaced
    compute = computed.ANSWERS.get(call.name)
    return (compute, None) if compute else (None, fixture.load().get(call.name))


def _selected(stub: Stub, result: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    """Leave out the entries that the request did not ask for."""
    for parameter, member in stub.match.items():
        wanted = parameters.get(parameter)
        if not wanted:
            continue
        accepted = wanted if isinstance(wanted, list) else [wanted]
        for name, value in result.items():
            if isinstance(value, list):
                result[name] = [entry for entry in value if _member(entry, member) in accepted]
    return result


def _member(entry: Any, member: str) -> Any:
    return entry.get(member) if isinstance(entry, dict) else entry


def _page(call: Call, result: dict[str, Any], parameters: dict[str, Any]) -> dict[str, Any]:
    shape = paging.listing(call.service, call.operation or "")
    if shape is None:
        return result
    limit = parameters.get(shape.limit) if shape.limit else None
    return paging.cut(shape, call.service, result, limit, parameters.get(shape.token_in))


def replace(request: dict[str, Any]) -> dict[str, Any]:
    """Answer an operation differently until the lab is reset: in one region, or in all."""
    unknown = set(request) - {"operation", "region", "answer"}
    if unknown:
        raise Unusable(f"unknown field `{sorted(unknown)[0]}` in a stub")
    name, region, wanted = request.get("operation"), request.get("region", "*"), request.get("answer")
    service, _, operation = str(name).partition(":")
    if not operations.exists(service) or operation not in operations.names(service):
        raise Unusable(f"`{name}` is not an operation such as guardduty:ListFindings")
    if not isinstance(wanted, dict):
        raise Unusable("`answer` must be an object in the shape of the operation's output")
    problem = wire.problem(service, operation, wanted)
    if problem:
        raise Unusable(f"the answer does not fit {name}: {problem}")
    with _lock:
        _replaced[(str(name), str(region))] = Stub(answer=copy.deepcopy(wanted))
    return {"operation": name, "region": region}


def reset() -> None:
    """Answer from the fixture file again."""
    with _lock:
        _replaced.clear()
