"""The words and codes in which each AWS service refuses: they differ, and a client must know them all."""

from __future__ import annotations

from trackera_lab.answers import Answer, error
from trackera_lab.context import CALLER
from trackera_lab.operations import Call

_SCP = "with an explicit deny in a service control policy"
_NOT_ALLOWED = "because no identity-based policy allows the"


def denied(call: Call, by_organization: bool) -> Answer:
    """The caller lacks the right, by its own policies or by the organization's."""
    cause = _SCP if by_organization else f"{_NOT_ALLOWED} {call.name} action"
    message = f"User: {CALLER} is not authorized to perform: {call.name} {cause}"
    if call.protocol == "ec2":
        return error(call, "UnauthorizedOperation", f"You are not authorized to perform this operation. {message}", 403)
    if call.service == "sns":
        return error(call, "AuthorizationError", message, 403)
    if call.protocol == "json":
        return error(call, "AccessDeniedException", message, 400)
    if call.protocol in ("rest-json", "cbor"):
        return error(call, "AccessDeniedException", message, 403)
    return error(call, "AccessDenied", message, 403)


def throttled(call: Call) -> Answer:
    """The caller is too fast."""
    if call.protocol == "ec2":
        return error(call, "RequestLimitExceeded", "Request limit exceeded.", 503)
    if call.service in ("s3", "s3control"):
        return error(call, "SlowDown", "Please reduce your request rate.", 503)
    if call.protocol in ("query", "rest-xml"):
        return error(call, "Throttling", "Rate exceeded", 400)
    status = 429 if call.protocol == "rest-json" else 400
    return error(call, "ThrottlingException", "Rate exceeded", status)
