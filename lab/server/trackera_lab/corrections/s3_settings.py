"""S3: what a bucket was told about copies, versions and its public, told back as it was said."""

from __future__ import annotations

import ipaddress
import json
import re
from typing import Any

_NARROWING = frozenset({
    "aws:calledvia", "aws:principalaccount", "aws:principalarn", "aws:principalorgid", "aws:principalorgpaths",
    "aws:sourceaccount", "aws:sourcearn", "aws:sourceorgid", "aws:sourceowner", "aws:sourcevpc", "aws:sourcevpce",
    "aws:userid", "s3:dataaccesspointaccount", "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
})  # fmt: skip
"""The condition keys that S3 accepts as narrowing a grant, if their values are fixed."""
_BROADEST = {4: 8, 6: 32}
_NAMESPACE = 'xmlns="http://s3.amazonaws.com/doc/2006-03-01/"'
_MFA_DELETE = re.compile(rb"<MfaDelete>(Enabled|Disabled)</MfaDelete>")


def install() -> None:
    """Correct moto's settings of buckets."""
    _replication()
    _versioning()
    _policy_status()


def _replication() -> None:
    """A rule names its prefix, its selection and what happens to delete markers."""
    from moto.core.responses import ActionResult
    from moto.s3.exceptions import ReplicationConfigurationNotFoundError
    from moto.s3.responses import S3Response

    def get_bucket_replication(self: Any) -> Any:
        self.data["Action"] = "GetBucketReplication"
        replication = self.backend.get_bucket_replication(self.bucket_name)
        if not replication:
            raise ReplicationConfigurationNotFoundError(bucket_name=self.bucket_name)
        rules = [_rule(rule) for rule in replication["Rule"]]
        return self.serialized(
            ActionResult({"ReplicationConfiguration": {"Role": replication["Role"], "Rules": rules}})
        )

    S3Response.get_bucket_replication = get_bucket_replication


def _rule(written: dict[str, Any]) -> dict[str, Any]:
    rule = {name: value for name, value in written.items() if value is not None and not name.startswith("@")}
    if "Filter" in written:
        rule["Filter"] = written["Filter"] or {"Prefix": ""}
        rule["Filter"] = {name: value or "" for name, value in rule["Filter"].items()}
        rule.setdefault("DeleteMarkerReplication", {"Status": "Disabled"})
    if "Priority" in rule:
        rule["Priority"] = int(rule["Priority"])
    return rule


def _versioning() -> None:
    """Whether versions are deleted only with a second factor."""
    from moto.s3.responses import S3Response

    put = S3Response._bucket_response_put

    def put_bucket_setting(self: Any, request: Any, bucket_name: str, querystring: dict[str, Any]) -> Any:
        answer = put(self, request, bucket_name, querystring)
        wanted = _MFA_DELETE.search(self.body) if "versioning" in querystring else None
        if wanted:
            self.backend.get_bucket(bucket_name).mfa_delete = wanted[1].decode()
        return answer

    def get_bucket_versioning(self: Any) -> Any:
        self.data["Action"] = "GetBucketVersioning"
        settings = {
            "Status": self.backend.get_bucket_versioning(self.bucket_name),
            "MfaDelete": getattr(self.backend.get_bucket(self.bucket_name), "mfa_delete", None),
        }
        told = "".join(f"<{name}>{value}</{name}>" for name, value in settings.items() if value)
        # moto's serialiser would name the root after the operation, which strict clients refuse.
        body = f"<VersioningConfiguration {_NAMESPACE}>{told}</VersioningConfiguration>"
        return 200, {"Content-Type": "application/xml"}, f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'

    S3Response._bucket_response_put = put_bucket_setting
    S3Response.get_bucket_versioning = get_bucket_versioning


def _policy_status() -> None:
    from moto.s3 import responses

    responses.bucket_policy_is_public = is_public


def is_public(policy: bytes | str) -> bool:
    """Whether S3 calls a policy public: it allows everybody something, and no fixed value of a condition narrows it."""
    try:
        statements = json.loads(policy).get("Statement") or []
    except (ValueError, TypeError):
        return False
    statements = statements if isinstance(statements, list) else [statements]
    return any(
        statement.get("Effect") == "Allow" and _names_everybody(statement) and not _is_narrowed(statement)
        for statement in statements
    )


def _names_everybody(statement: dict[str, Any]) -> bool:
    if "NotPrincipal" in statement:
        return True
    principal = statement.get("Principal")
    if not isinstance(principal, dict):
        return principal == "*"
    return any("*" in _listed(principal.get(kind)) for kind in ("AWS", "CanonicalUser"))


def _is_narrowed(statement: dict[str, Any]) -> bool:
    for operator, conditions in (statement.get("Condition") or {}).items():
        if "Not" in operator or operator.endswith("IfExists") or operator == "Null":
            continue
        for key, values in conditions.items():
            if key.lower() == "aws:sourceip" and all(map(_is_narrow_range, _listed(values))):
                return True
            if key.lower() in _NARROWING and not any(set("*?$") & set(str(value)) for value in _listed(values)):
                return True
    return False


def _is_narrow_range(text: Any) -> bool:
    try:
        network = ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return network.prefixlen >= _BROADEST[network.version]


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
