"""Requests to parameters and results to bytes, by botocore's service models."""

from __future__ import annotations

import base64
import datetime
import json
from typing import Any

from trackera_lab import cbor
from trackera_lab.answers import Answer
from trackera_lab.operations import Call


def parameters(call: Call, environ: dict[str, Any]) -> dict[str, Any]:
    """The parameters of a request, named as in the operation's input."""
    from moto.core.parse import PROTOCOL_PARSERS
    from moto.core.request import Request
    from moto.core.routing import get_service_router
    from moto.core.utils import get_service_model

    if call.protocol == "cbor":
        return cbor.decode(call.body) if call.body else {}
    if call.protocol == "json":
        return json.loads(call.body) if call.body else {}
    model = get_service_model(call.service).operation_model(call.operation or "")
    request = Request(environ)
    labels = get_service_router(call.service).match(request)[1] if call.protocol.startswith("rest") else {}
    parsed = PROTOCOL_PARSERS[call.protocol](model).parse(
        {
            "method": request.method,
            "values": request.values,
            "headers": request.headers,
            "body": request.data,
            "url_path": request.path,
            "url_params": labels,
        }
    )
    return dict(parsed) if parsed else {}


def serialised(call: Call, result: dict[str, Any]) -> Answer:
    """A result as the protocol of the call writes it."""
    from moto.core.serialize import get_serializer_class
    from moto.core.utils import get_service_model

    model = get_service_model(call.service).operation_model(call.operation or "")
    if call.protocol == "cbor":
        body = cbor.encode(shaped(model.output_shape, result))
        return Answer(200, (("Content-Type", "application/cbor"), ("smithy-protocol", "rpc-v2-cbor")), body)
    written = get_serializer_class(call.service, call.protocol)(operation_model=model).serialize(result)
    body = written["body"]
    return Answer(
        written["status_code"],
        tuple((name, str(value)) for name, value in written["headers"].items()),
        body.encode() if isinstance(body, str) else body,
    )


def shaped(shape: Any, value: Any) -> Any:
    """JSON's numbers and text back to the dates and bytes that the shape means."""
    if value is None or shape is None:
        return value
    if shape.type_name == "structure":
        return {name: shaped(shape.members[name], inner) for name, inner in value.items() if name in shape.members}
    if shape.type_name == "list":
        return [shaped(shape.member, inner) for inner in value]
    if shape.type_name == "map":
        return {key: shaped(shape.value, inner) for key, inner in value.items()}
    if shape.type_name == "timestamp" and isinstance(value, (int, float)):
        return datetime.datetime.fromtimestamp(value, datetime.timezone.utc)
    if shape.type_name == "blob" and isinstance(value, str):
        return base64.b64decode(value)
    if shape.type_name in ("float", "double") and isinstance(value, int):
        return float(value)
    return value


_SCALARS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
    "blob": (str, bytes),
    "timestamp": (str, int, float, datetime.datetime),
}


def problem(service: str, operation: str, result: dict[str, Any]) -> str | None:
    """Why a result is not an output of the operation; `None` when it is."""
    from moto.core.utils import get_service_model

    model = get_service_model(service).operation_model(operation)
    if model.output_shape is None:
        return "the operation has no output" if result else None
    return _problem(model.output_shape, result, operation)


def _problem(shape: Any, value: Any, path: str) -> str | None:
    if shape.type_name == "structure":
        if not isinstance(value, dict):
            return f"{path} must be an object"
        unknown = next((name for name in value if name not in shape.members), None)
        if unknown is not None:
            return f"{path} has no member `{unknown}`: it has {', '.join(shape.members)}"
        inner = ((shape.members[name], item, f"{path}.{name}") for name, item in value.items())
    elif shape.type_name == "list":
        if not isinstance(value, list):
            return f"{path} must be a list"
        inner = ((shape.member, item, f"{path}[{index}]") for index, item in enumerate(value))
    elif shape.type_name == "map":
        if not isinstance(value, dict):
            return f"{path} must be an object"
        inner = ((shape.value, item, f"{path}.{key}") for key, item in value.items())
    else:
        wrong = not isinstance(value, _SCALARS[shape.type_name])
        return f"{path} must be a {shape.type_name}, not {value!r}" if wrong else None
    return next((found for found in (_problem(*item) for item in inner) if found), None)
