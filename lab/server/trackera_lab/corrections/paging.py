"""Lists that come in pages, as AWS gives them; moto mostly answers with everything at once.

Which operations page, and by which names, is read from botocore's own pagination models, so that every list of every
service is covered. Where moto pages by itself it is left to, with the page size of the settings passed on.
"""

from __future__ import annotations

import base64
import binascii
import dataclasses
import functools
import inspect
import json
import threading
from typing import Any

from trackera_lab import settings
from trackera_lab.answers import Answer, error
from trackera_lab.operations import Call, exists

# Where AWS ends a page by itself. Services that are not named here give everything unless asked for less.
_OWN_SIZES = {
    "autoscaling": 50, "cloudwatch": 100, "elbv2": 400, "events": 100, "iam": 100, "kms": 100, "logs": 50, "rds": 100,
    "secretsmanager": 100, "sns": 100,
}  # fmt: skip
# What AWS gives at most when it is asked for more than a page of its own.
_LARGEST = {"autoscaling": 100, "iam": 1000}
_LARGEST_OF_OPERATIONS = {"ListKeys": 1000}
_INVALID_TOKEN = {
    "ec2": ("InvalidNextToken", "The token '{}' is invalid"),
    "iam": ("ValidationError", "Invalid Marker."),
    "rds": ("InvalidParameterValue", "Marker parameter is invalid: {}"),
    "kms": ("InvalidMarkerException", "The marker is not valid: {}"),
    "sns": ("InvalidParameter", "Invalid parameter: NextToken"),
}


_thread = threading.local()
"""Whether the answer at hand was paged while it was written, so that it is not paged again as JSON."""


class InvalidToken(ValueError):
    """A token that this lab did not give for this operation."""


@dataclasses.dataclass(frozen=True)
class Listing:
    """How one operation pages: the names of its parameters and of its lists."""

    operation: str
    limit: str | None
    token_in: str
    token_out: str
    more: str | None
    lists: tuple[str, ...]


_UNMODELLED = {
    ("sesv2", "ListConfigurationSets"): Listing(
        "ListConfigurationSets", "PageSize", "NextToken", "NextToken", None, ("ConfigurationSets",)
    ),
    ("sesv2", "ListEmailIdentities"): Listing(
        "ListEmailIdentities", "PageSize", "NextToken", "NextToken", None, ("EmailIdentities",)
    ),
}
"""Lists that come in pages although botocore's pagination models do not know it."""
_LIMITS = {("route53", "ListResourceRecordSets"): "MaxItems"}
"""Lists that moto pages by itself, with a token of several parts."""


def listing(service: str, operation: str) -> Listing | None:
    """How this operation pages; `None` when it does not, or in a way of its own."""
    from botocore.exceptions import UnknownServiceError
    from moto.core.utils import get_pagination_model

    if not exists(service):
        return None
    if (service, operation) in _UNMODELLED:
        return _UNMODELLED[service, operation]
    try:
        model = get_pagination_model(service).get(operation)
    except (UnknownServiceError, KeyError):
        return None
    if model is None:
        return None
    lists = model["result_key"] if isinstance(model["result_key"], list) else [model["result_key"]]
    tokens = (model["input_token"], model["output_token"])
    if not all(isinstance(token, str) for token in tokens) or any(set(".|[") & set(name) for name in (*lists, *tokens)):
        return None
    return Listing(operation, model.get("limit_key"), *tokens, model.get("more_results"), tuple(lists))


def cut(shape: Listing, service: str, result: dict[str, Any], limit: Any, token: str | None) -> dict[str, Any]:
    """One page of a whole result. Several lists page as one, in their order, as `GetAccountAuthorizationDetails` does."""
    if result.get(shape.token_out):
        return result
    size = _size(service, shape.operation, limit)
    start = _decode(shape.operation, token) if token else 0
    items = [(name, item) for name in shape.lists for item in _entries(result.get(name))]
    if size is None or (start == 0 and len(items) <= size):
        return {**result, shape.more: False} if shape.more and shape.more not in result else result
    page = dict(result)
    for name in shape.lists:
        if name in result:
            page[name] = [item for owner, item in items[start : start + size] if owner == name]
    truncated = start + size < len(items)
    page[shape.token_out] = _encode(shape.operation, start + size) if truncated else None
    if shape.more:
        page[shape.more] = truncated
    return page


def _entries(value: Any) -> list[Any]:
    if value is None or isinstance(value, (str, bytes)):
        return []
    return list(value.values()) if isinstance(value, dict) else list(value)


def _size(service: str, operation: str, limit: Any) -> int | None:
    own = _OWN_SIZES.get(service)
    largest = _LARGEST_OF_OPERATIONS.get(operation) or _LARGEST.get(service) or own
    sizes = [int(limit), largest] if limit else [own]
    known = [size for size in (*sizes, settings.page_size()) if size]
    return max(min(known), 1) if known else None


def _encode(operation: str, offset: int) -> str:
    return base64.urlsafe_b64encode(f"{operation}:{offset}".encode()).decode()


def _decode(operation: str, token: str) -> int:
    try:
        owner, _, offset = base64.urlsafe_b64decode(token.encode()).decode().partition(":")
    except (binascii.Error, UnicodeError):
        owner, offset = "", ""
    if owner != operation or not offset.isdigit():
        raise InvalidToken(token)
    return int(offset)


def _refusal(service: str, token: str) -> tuple[str, str]:
    code, message = _INVALID_TOKEN.get(service, ("InvalidNextTokenException", "The token is not valid: {}"))
    return code, message.format(token)


def install() -> None:
    """Page every result that moto serialises from a service model."""
    from moto.core.responses import ActionResult, BaseResponse, PaginatedResult
    from moto.utilities import paginator

    from trackera_lab.corrections.refusal import Refusal

    # Services decorate their lists while they are imported, which has not happened yet.
    paginator.paginate = _whole

    serialise = ActionResult.execute_result
    parse = BaseResponse.parse_parameters

    def execute_result(self: Any, context: Any) -> Any:
        service, operation = str(context.service_model.service_name), str(context.operation_model.name)
        shape = listing(service, operation)
        result = self.result
        if shape is None or not isinstance(result, dict) or not context.response.automated_parameter_parsing:
            return serialise(self, context)
        parameters = context.response.params
        limit = parameters.get(shape.limit) if shape.limit else None
        token = parameters.get(shape.token_in)
        try:
            page = cut(shape, service, result, limit, token)
        except InvalidToken:
            return serialise(ActionResult(Refusal(*_refusal(service, str(token)))), context)
        _thread.paged = True
        return serialise(ActionResult(page), context)

    def parse_parameters(self: Any, request: Any) -> None:
        parse(self, request)
        size = settings.page_size()
        if size is None:
            return
        service, operation = self.boto3_service_name, self._get_action()
        shape = listing(service, operation)
        limit = shape.limit if shape else _LIMITS.get((service, operation))
        if limit:
            asked = self.params.get(limit)
            self.params[limit] = min(int(asked), size) if asked else size

    ActionResult.execute_result = execute_result
    PaginatedResult.execute_result = execute_result
    BaseResponse.parse_parameters = parse_parameters


def _whole(pagination_model: dict[str, Any]) -> Any:
    """In the place of moto's own paging of a backend's list: the whole list, and no token."""

    def decorate(listed: Any) -> Any:
        taken = set(inspect.signature(listed).parameters)
        config = pagination_model[listed.__name__]
        paging = {config.get("input_token", "next_token"), config.get("limit_key")}

        @functools.wraps(listed)
        def whole(*arguments: Any, **named: Any) -> tuple[list[Any], None]:
            kept = {name: value for name, value in named.items() if name not in paging or name in taken}
            return list(listed(*arguments, **kept)), None

        return whole

    return decorate


def narrowed(call: Call) -> Call:
    """The same JSON request with the page size of the settings as its limit."""
    _thread.paged = False
    size = settings.page_size()
    shape = _json_listing(call) if size else None
    if shape is None or shape.limit is None or call.protocol != "json":
        return call
    parameters = _object(call.body)
    asked = parameters.get(shape.limit)
    parameters[shape.limit] = min(asked, size) if isinstance(asked, int) else size
    return dataclasses.replace(call, body=json.dumps(parameters).encode())


def paged(call: Call, answer: Answer, environ: dict[str, Any]) -> Answer:
    """One page of a JSON answer that holds everything."""
    from trackera_lab.stubs import wire

    shape = _json_listing(call) if answer.status == 200 else None
    if shape is None or _thread.paged:
        return answer
    rest = call.protocol == "rest-json"
    parameters, result = wire.parameters(call, environ) if rest else _object(call.body), _object(answer.body)
    token = parameters.get(shape.token_in)
    try:
        page = cut(shape, call.service, result, parameters.get(shape.limit) if shape.limit else None, token)
    except InvalidToken:
        return error(call, *_refusal(call.service, str(token)), 400)
    if page is result:
        return answer
    page = {name: value for name, value in page.items() if value is not None}
    return dataclasses.replace(answer, body=json.dumps(page).encode())


def _json_listing(call: Call) -> Listing | None:
    return listing(call.service, call.operation) if call.operation and call.protocol in ("json", "rest-json") else None


def _object(body: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(body) if body else {}
    except ValueError:
        parsed = {}
    return parsed if isinstance(parsed, dict) else {}
