"""The shapes of bucket policies, each with what is true of it. Pure data; `BUCKET` stands for the bucket's name."""

from __future__ import annotations

import dataclasses
from typing import Any

_BUCKET, _OBJECTS = "arn:aws:s3:::BUCKET", "arn:aws:s3:::BUCKET/*"
_BOTH = [_BUCKET, _OBJECTS]
_PLAIN = {"Bool": {"aws:SecureTransport": "false"}}
_PARTNER = "arn:aws:iam::999988887777:root"


@dataclasses.dataclass(frozen=True)
class Shape:
    """Statements, and whether all is as it should be; `private` where a statement is public by the way."""

    name: str
    statements: tuple[dict[str, Any], ...]
    good: bool
    private: bool = True


def _deny(**changed: Any) -> dict[str, Any]:
    """The statement that everybody writes, with members changed; `None` takes one away."""
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": _BOTH, "Condition": _PLAIN, **changed}
    return {name: value for name, value in statement.items() if value is not None}


def _bool(value: Any, operator: str = "Bool", key: str = "aws:SecureTransport") -> dict[str, Any]:
    return _deny(Condition={operator: {key: value}})


TRANSPORT = (
    Shape("canonical", (_deny(),), good=True),
    Shape("two statements", (_deny(Resource=_BUCKET), _deny(Resource=_OBJECTS)), good=True),
    Shape("every AWS principal", (_deny(Principal={"AWS": "*"}),), good=True),
    Shape("every AWS principal in a list", (_deny(Principal={"AWS": ["*"]}),), good=True),
    Shape("if it exists", (_bool("false", "BoolIfExists"),), good=True),
    Shape("a boolean of JSON", (_bool(False),), good=True),
    Shape("a list of one", (_bool(["false"]),), good=True),
    Shape("key in small letters", (_bool("false", key="aws:securetransport"),), good=True),
    Shape("every action", (_deny(Action="*"),), good=True),
    Shape("every resource", (_deny(Resource="*"),), good=True),
    Shape("one principal only", (_deny(Principal={"AWS": _PARTNER}),), good=False),
    Shape("writing only", (_deny(Action="s3:PutObject"),), good=False),
    Shape(
        "one more condition",
        (_deny(Condition={**_PLAIN, "StringEquals": {"aws:PrincipalOrgID": "o-trackera0001"}}),),
        good=False,
    ),
    Shape("one folder only", (_deny(Resource="arn:aws:s3:::BUCKET/private/*"),), good=False),
    Shape("all but one folder", (_deny(Resource=None, NotResource="arn:aws:s3:::BUCKET/public/*"),), good=False),
    Shape("all but reading", (_deny(Action=None, NotAction="s3:GetObject"),), good=False),
    Shape("objects only", (_deny(Resource=_OBJECTS),), good=False),
    Shape("the bucket only", (_deny(Resource=_BUCKET),), good=False),
    Shape("another bucket", (_deny(Resource=["arn:aws:s3:::other", "arn:aws:s3:::other/*"]),), good=False),
    Shape("encrypted connections denied", (_bool("true"),), good=False),
    Shape(
        "allowed if encrypted",
        (_deny(Effect="Allow", Principal={"AWS": _PARTNER}, Condition={"Bool": {"aws:SecureTransport": "true"}}),),
        good=False,
    ),
    Shape("nothing", (), good=False),
)
"""What a policy says about plain connections."""


def _allow(principal: Any, **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "s3:GetObject", "Resource": _OBJECTS}
    return {**statement, "Condition": condition} if condition else statement


GRANTS = (
    Shape("no grant", (), good=True),
    Shape("everybody", (_allow("*"),), good=False),
    Shape("every AWS principal", (_allow({"AWS": "*"}),), good=False),
    Shape("everybody over TLS", (_allow("*", Bool={"aws:SecureTransport": "true"}),), good=False),
    Shape("everybody from every address", (_allow("*", IpAddress={"aws:SourceIp": "0.0.0.0/0"}),), good=False),
    Shape("everybody from the office", (_allow("*", IpAddress={"aws:SourceIp": "203.0.113.16/28"}),), good=True),
    Shape("everybody of the organisation", (_allow("*", StringEquals={"aws:PrincipalOrgID": "o-trackera0001"}),), good=True),
    Shape("everybody of some account", (_allow("*", StringLike={"aws:PrincipalAccount": "*"}),), good=False),
    Shape("a partner", (_allow({"AWS": _PARTNER}),), good=True),
    Shape("a service of AWS", (_allow({"Service": "cloudtrail.amazonaws.com"}),), good=True),
)
"""Whom a policy lets in."""
