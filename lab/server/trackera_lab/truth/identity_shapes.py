"""The shapes of rights, each with what is true of its holder. Pure data.

Holding administration means being able to change the rights of identities: who can do that can do everything. Conditions
count as fulfilled, and what roles could be passed or assumed does not count here but is a question of its own.
"""

from __future__ import annotations

import dataclasses
from typing import Any

Statement = dict[str, Any]
_SELF = "arn:aws:iam::*:user/${aws:username}"
_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


@dataclasses.dataclass(frozen=True)
class Shape:
    """Statements, how they reach their holder, and what is true of it."""

    name: str
    statements: tuple[Statement, ...]
    administers: bool
    passes_roles: bool = False
    boundary: tuple[Statement, ...] = ()


def _allow(*actions: str, on: str | list[str] = "*", **more: Any) -> Statement:
    return {"Effect": "Allow", "Action": list(actions) if len(actions) > 1 else actions[0], "Resource": on, **more}


def _deny(*actions: str, **more: Any) -> Statement:
    return {**_allow(*actions), "Effect": "Deny", **more}


def _all_but(*actions: str) -> Statement:
    return {"Effect": "Allow", "NotAction": list(actions), "Resource": "*"}


_EVERYTHING = _allow("*")
_READS = _allow("ec2:Describe*", "iam:Get*", "iam:List*", "s3:Get*", "s3:List*")

SHAPES = (
    Shape("everything", (_EVERYTHING,), administers=True, passes_roles=True),
    Shape("everything of every service", (_allow("*:*"),), administers=True, passes_roles=True),
    Shape("everything of IAM", (_allow("iam:*"),), administers=True),
    Shape("capitals", (_allow("IAM:ATTACH*POLICY"),), administers=True),
    Shape("a question mark", (_allow("iam:Put?serPolicy"),), administers=True),
    Shape("all but the bill", (_all_but("billing:*", "aws-portal:*"),), administers=True, passes_roles=True),
    Shape("with a second factor only", (_allow("*", Condition=_MFA),), administers=True, passes_roles=True),
    Shape("policy versions", (_allow("iam:CreatePolicyVersion"),), administers=True),
    Shape("the passwords of others", (_allow("iam:UpdateLoginProfile"),), administers=True),
    Shape("the keys of others", (_allow("iam:CreateAccessKey"),), administers=True),
    Shape("who may assume roles", (_allow("iam:UpdateAssumeRolePolicy"),), administers=True),
    Shape("membership of groups", (_allow("iam:AddUserToGroup"),), administers=True),
    Shape("split over statements", (_READS, _allow("iam:PutRolePolicy")), administers=True),
    Shape(
        "everything, denied without a second factor",
        (_EVERYTHING, _deny("*", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})),
        administers=True,
        passes_roles=True,
    ),
    Shape("everything, bounded by everything", (_EVERYTHING,), True, passes_roles=True, boundary=(_EVERYTHING,)),
    Shape("everything, bounded by reading", (_EVERYTHING,), administers=False, boundary=(_READS,)),
    Shape("everything but IAM", (_all_but("iam:*"),), administers=False),
    Shape("everything, IAM denied", (_EVERYTHING, _deny("iam:*")), administers=False),
    Shape("everything, everything denied", (_EVERYTHING, _deny("*")), administers=False),
    Shape("reading", (_READS,), administers=False),
    Shape("everything of S3", (_allow("s3:*"),), administers=False),
    Shape("its own keys and password", (_allow("iam:CreateAccessKey", "iam:UpdateLoginProfile", on=_SELF),), False),
    Shape("passing any role to a server", (_allow("iam:PassRole", "ec2:RunInstances"),), False, passes_roles=True),
    Shape("passing any role to nobody", (_allow("iam:PassRole"),), administers=False),
    Shape("nothing", (), administers=False),
)


@dataclasses.dataclass(frozen=True)
class Trust:
    """Who may assume a role, and whether that is a stranger."""

    name: str
    principal: dict[str, Any]
    stranger: bool


TRUST = (
    Trust("servers", {"Service": "ec2.amazonaws.com"}, stranger=False),
    Trust("our own account", {"AWS": "arn:aws:iam::000000000000:root"}, stranger=False),
    Trust("one of our users", {"AWS": "arn:aws:iam::000000000000:user/truth-00000"}, stranger=False),
    Trust("another account", {"AWS": "arn:aws:iam::999988887777:root"}, stranger=True),
    Trust("another account by its number", {"AWS": "999988887777"}, stranger=True),
    Trust("ourselves and another", {"AWS": ["arn:aws:iam::000000000000:root", "999988887777"]}, stranger=True),
    Trust("everybody", {"AWS": "*"}, stranger=True),
)
