"""Names the AWS operation of a request: `ec2:DescribeSecurityGroups`, whatever protocol carries it.

Faults, the call log and the stubs all go by these names, which are those of the SDKs: botocore's service directory and
its operation name. The region is the one the request was signed for, or the home of a service that
has none; nothing here verifies a signature.
"""

from __future__ import annotations

import dataclasses
import functools
import re
import urllib.parse
from typing import Any

from trackera_lab.context import HOME_REGION

# Services that sign with another name than their own. Where several share one, the first that knows the request wins.
_SIGNING_NAMES: dict[str, tuple[str, ...]] = {
    "access-analyzer": ("accessanalyzer",),
    "bedrock": ("bedrock", "bedrock-agent", "bedrock-runtime", "bedrock-agent-runtime"),
    "elasticfilesystem": ("efs",),
    "elasticmapreduce": ("emr",),
    "es": ("opensearch", "es"),
    "monitoring": ("cloudwatch",),
    "servicequotas": ("service-quotas",),
    "sso": ("sso-admin",),
    "states": ("stepfunctions",),
    "tagging": ("resourcegroupstaggingapi",),
}
GLOBAL_SERVICES = frozenset({
    "account", "budgets", "ce", "cloudfront", "globalaccelerator", "health", "iam", "organizations", "route53",
    "route53domains", "shield", "support",
})  # fmt: skip
"""Services without regions. A client that was given an endpoint signs for its own region all the same."""

_VERSIONS = {"2015-12-01": "elbv2", "2012-06-01": "elb", "2011-06-15": "sts"}
_CREDENTIAL = re.compile(r"Credential=([^/\s]+)/\d{8}/([^/\s]+)/([^/\s]+)/aws4_request")
_RPC_PATH = re.compile(r"/service/[^/]+/operation/([A-Za-z0-9]+)")


@dataclasses.dataclass(frozen=True)
class Call:
    """One AWS request, named."""

    service: str
    operation: str | None
    """`None` where the service has no operation that the request could mean."""
    region: str
    method: str
    path: str
    query: str
    body: bytes
    headers: dict[str, str]
    form: tuple[tuple[str, str], ...] = ()
    bucket: str | None = None

    @property
    def name(self) -> str:
        """The full name, as faults and the call log write it."""
        return f"{self.service}:{self.operation or 'UnknownOperation'}"

    @property
    def protocol(self) -> str:
        """The wire protocol that the answer has to speak."""
        if self.headers.get("smithy-protocol") == "rpc-v2-cbor":
            return "cbor"
        if self.form:
            return "ec2" if self.service == "ec2" else "query"
        if "x-amz-target" in self.headers:
            return "json"
        return protocol_of(self.service)


def resolve(environ: dict[str, Any], headers: dict[str, str], body: bytes) -> Call:
    """Name a request from its WSGI environment, its headers (lower case) and its body."""
    path, query = environ["RAW_URI"].partition("?")[0], environ["QUERY_STRING"]
    form = _form(headers, path, query, body)
    signing_name, region = _scope(headers, query)
    service, operation = _operation(signing_name, environ, headers, form)
    return Call(
        service=service,
        operation=operation,
        region=HOME_REGION if service in GLOBAL_SERVICES else region,
        method=environ["REQUEST_METHOD"],
        path=path,
        query=query,
        body=body,
        headers=headers,
        form=form,
        bucket=_bucket(path) if service == "s3" else None,
    )


def _form(headers: dict[str, str], path: str, query: str, body: bytes) -> tuple[tuple[str, str], ...]:
    """The parameters of a query-protocol call; empty for every other protocol."""
    if headers.get("content-type", "").startswith("application/x-www-form-urlencoded") and b"Action=" in body:
        return tuple(urllib.parse.parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True))
    if "Action=" in query and path == "/":
        return tuple(urllib.parse.parse_qsl(query, keep_blank_values=True))
    return ()


def _scope(headers: dict[str, str], query: str) -> tuple[str | None, str]:
    credential = _CREDENTIAL.search(headers.get("authorization", ""))
    if not credential and "X-Amz-Credential=" in query:
        presigned = urllib.parse.parse_qs(query).get("X-Amz-Credential", [""])[0]
        credential = _CREDENTIAL.search(f"Credential={presigned}")
    return (credential[3].lower(), credential[2]) if credential else (None, HOME_REGION)


def _operation(
    signing_name: str | None, environ: dict[str, Any], headers: dict[str, str], form: tuple[tuple[str, str], ...]
) -> tuple[str, str | None]:
    rpc = _RPC_PATH.fullmatch(environ["PATH_INFO"])
    if form:
        parameters = dict(form)
        return _query_service(signing_name, parameters.get("Version", "")), parameters.get("Action")
    candidates = _candidates(signing_name, environ["PATH_INFO"])
    if rpc:
        return candidates[0], rpc[1]
    if "x-amz-target" in headers:
        return candidates[0], headers["x-amz-target"].rpartition(".")[2]
    for service in candidates:
        operation = _match_rest(service, environ)
        if operation:
            return service, operation
    return candidates[0], None


def _query_service(signing_name: str | None, version: str) -> str:
    if signing_name in (None, "elasticloadbalancing"):
        return _VERSIONS.get(version, "sts")
    return _SIGNING_NAMES.get(signing_name, (signing_name,))[0]


def _candidates(signing_name: str | None, path: str) -> tuple[str, ...]:
    if signing_name in (None, "s3"):
        return ("s3control",) if path.startswith("/v20180820/") else ("s3",)
    if signing_name == "ses":
        return ("sesv2",) if path.startswith("/v2/") else ("ses",)
    return _SIGNING_NAMES.get(signing_name, (signing_name,))


def _match_rest(service: str, environ: dict[str, Any]) -> str | None:
    from moto.core.request import Request
    from moto.core.routing import NotFound, get_service_router

    if not exists(service):
        return None
    # The content type of a REST request describes its payload, which must not be read as a choice of protocol.
    neutral = {key: value for key, value in environ.items() if key != "CONTENT_TYPE"}
    try:
        operation, _ = get_service_router(service).match(Request(neutral))
    except (NotFound, NotImplementedError):
        return None
    return str(operation.name) if operation else None


def _bucket(path: str) -> str | None:
    return urllib.parse.unquote(path.lstrip("/").partition("/")[0]) or None


@functools.cache
def services() -> frozenset[str]:
    """Every service that botocore describes."""
    import botocore.session

    return frozenset(botocore.session.get_session().get_available_services())


def exists(service: str) -> bool:
    """Whether AWS has a service of this name."""
    return service in services()


def names(service: str) -> list[str]:
    """The operations of a service."""
    from moto.core.utils import get_service_model

    return list(get_service_model(service).operation_names)


@functools.cache
def protocol_of(service: str) -> str:
    """The protocol that a service speaks when a request does not show it."""
    from moto.core.utils import get_service_model

    return str(get_service_model(service).protocol) if exists(service) else "rest-json"
