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


_OLD_TLS = _deny(Condition={"NumericLessThan": {"s3:TlsVersion": "1.2"}})


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
    Shape("one pattern for both", (_deny(Resource="arn:aws:s3:::BUCKET*"),), good=True),
    Shape("all but another service", (_deny(Action=None, NotAction="sqs:*"),), good=True),
    Shape("an old TLS version as well", (_deny(), _OLD_TLS), good=True),
    Shape("an old TLS version only", (_OLD_TLS,), good=False),
    Shape("all but one principal", (_deny(Principal=None, NotPrincipal={"AWS": _PARTNER}),), good=False),
    Shape("verbs one by one", (_deny(Action=["s3:Get*", "s3:Put*", "s3:List*", "s3:Delete*"]),), good=False),
    Shape("the condition's absence", (_deny(Condition={"Null": {"aws:SecureTransport": "true"}}),), good=False),
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


def _allow(principal: Any, /, **condition: Any) -> dict[str, Any]:
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
    Shape("everybody from half the Internet", (_allow("*", IpAddress={"aws:SourceIp": "0.0.0.0/1"}),), good=False),
    Shape("everybody of a network", (_allow("*", StringEquals={"aws:SourceVpc": "vpc-0a1b2c3d"}),), good=True),
    Shape("everybody of any network", (_allow("*", StringLike={"aws:SourceVpc": "vpc-*"}),), good=False),
    Shape(
        "everybody of the organisation, if it says so",
        (_allow("*", StringEqualsIfExists={"aws:PrincipalOrgID": "o-trackera0001"}),),
        good=False,
    ),
    Shape("everybody by a page", (_allow("*", StringLike={"aws:Referer": "https://app.example/*"}),), good=False),
    Shape("everybody, writing", ({**_allow("*"), "Action": "s3:PutObject"},), good=False),
    Shape("a partner", (_allow({"AWS": _PARTNER}),), good=True),
    Shape("a service of AWS", (_allow({"Service": "cloudtrail.amazonaws.com"}),), good=True),
)
"""Whom a policy lets in."""


@dataclasses.dataclass(frozen=True)
class List:
    """An access control list: what it gives to a group of AWS beside the owner's rights."""

    name: str
    group: str | None = None
    permission: str = "READ"


_GROUPS = "http://acs.amazonaws.com/groups/"
LISTS = (
    List("the owner's list"),
    List("a list for everybody", f"{_GROUPS}global/AllUsers"),
    List("a list for everybody who is signed in to AWS", f"{_GROUPS}global/AuthenticatedUsers", "WRITE"),
    List("a list for the delivery of logs", f"{_GROUPS}s3/LogDelivery", "WRITE"),
)


@dataclasses.dataclass(frozen=True)
class Block:
    """A public access block: what it refuses, and what it makes without effect."""

    name: str
    switches: tuple[bool, bool, bool, bool] | None

    @property
    def stops_lists(self) -> bool:
        """Whether lists for the public have no effect."""
        return self.switches is not None and self.switches[1]

    @property
    def stops_policies(self) -> bool:
        """Whether policies for the public have no effect."""
        return self.switches is not None and self.switches[3]


BLOCKS = (
    # The switches are: refuse lists, ignore lists, refuse policies, restrict policies.
    Block("all four switches", (True, True, True, True)),
    Block("all but refusing policies", (True, True, False, True)),
    Block("lists only", (True, True, False, False)),
    Block("policies only", (False, False, True, True)),
    Block("no block", None),
)
