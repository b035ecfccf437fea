"""What goes back to a client, and AWS's errors in the shape of each protocol."""

from __future__ import annotations

import dataclasses
import json
import uuid
from xml.sax.saxutils import escape

from trackera_lab import cbor
from trackera_lab.operations import Call


@dataclasses.dataclass(frozen=True)
class Answer:
    """A complete HTTP answer."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def naming(call: Call, answer: Answer) -> Answer:
    """The same answer, with a header that names the operation: what watches the wire cannot always tell it."""
    return dataclasses.replace(answer, headers=(*answer.headers, ("x-trackera-lab-operation", call.name)))


def error(call: Call, code: str, message: str, status: int) -> Answer:
    """An AWS error as the protocol of `call` writes it."""
    request_id = str(uuid.uuid4())
    headers = [("x-amzn-requestid", request_id), ("x-amz-request-id", request_id)]
    protocol = call.protocol
    if protocol in ("json", "rest-json", "cbor"):
        headers.append(("x-amzn-errortype", code))
        content_type, body = _structured(protocol, code, message)
        if protocol == "cbor":
            headers.append(("smithy-protocol", "rpc-v2-cbor"))
    else:
        content_type, body = "text/xml", _xml(call, protocol, code, message, request_id)
    if call.method == "HEAD":
        body = b""
    return Answer(status, (("Content-Type", content_type), *headers), body)


def _structured(protocol: str, code: str, message: str) -> tuple[str, bytes]:
    document = {"__type": code, "message": message}
    if protocol == "cbor":
        return "application/cbor", cbor.encode(document)
    content_type = "application/json" if protocol == "rest-json" else "application/x-amz-json-1.1"
    return content_type, json.dumps(document).encode()


def _xml(call: Call, protocol: str, code: str, message: str, request_id: str) -> bytes:
    code, message = escape(code), escape(message)
    inner = f"<Code>{code}</Code><Message>{message}</Message>"
    if protocol == "ec2":
        text = f"<Response><Errors><Error>{inner}</Error></Errors><RequestID>{request_id}</RequestID></Response>"
    elif call.service == "s3":
        text = f"<Error>{inner}<RequestId>{request_id}</RequestId><HostId>lab</HostId></Error>"
    else:
        text = (
            f"<ErrorResponse><Error><Type>Sender</Type>{inner}</Error>"
            f"<RequestId>{request_id}</RequestId></ErrorResponse>"
        )
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}'.encode()


def not_known(call: Call) -> Answer:
    """Neither moto nor the stubs can answer: say so at once, in a way that no client retries."""
    message = f"the lab does not know {call.name}: add its answer to stubs.yaml"
    return error(call, "NotImplementedByLab", message, 400)


def crashed(call: Call, failure: BaseException) -> Answer:
    """The emulator failed on this call: a 400, because a 500 would only be retried into the same failure."""
    message = f"the lab failed on {call.name}: {type(failure).__name__}: {failure}"
    return error(call, "LabFailure", message[:500], 400)


def json_answer(status: int, document: object) -> Answer:
    """A JSON document for the control interface."""
    return Answer(status, (("Content-Type", "application/json"),), json.dumps(document, indent=2).encode() + b"\n")
