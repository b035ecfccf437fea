"""The shapes of rights, each with what is true of its holder. Pure data.

Administrating means being able to change what identities may do, at once or over others: by an administrator's role, its
credentials, its group, or a service that runs programs in it. Conditions count as fulfilled. `identities` makes the few
that the shapes name, so that what a shape leads to does not depend on what else is drawn.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from trackera_lab.context import ACCOUNT

Statement = dict[str, Any]
_SELF = "arn:aws:iam::*:user/${aws:username}"
_MFA = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}


def iam(name: str) -> str:
    """The ARN of `user/...`, `role/...` or `group/...`."""
    return f"arn:aws:iam::{ACCOUNT}:{name}"


CHIEF, HEIR, BARRED, STEWARD = "truth-chief", "truth-heir", "truth-barred", "truth-steward"
CHIEFS, READERS = "truth-chiefs", "truth-readers"
ENGINE, WORKER, DEPUTY, READER = "truth-engine", "truth-worker", "truth-deputy", "truth-reader"


@dataclasses.dataclass(frozen=True)
class Shape:
    """Statements, how far they reach, and whether their holder administrates."""

    name: str
    statements: tuple[Statement, ...]
    administers: bool
    boundary: tuple[Statement, ...] = ()


def allow(*actions: str, on: str | list[str] = "*", **more: Any) -> Statement:
    """A statement that grants."""
    return {"Effect": "Allow", "Action": list(actions) if len(actions) > 1 else actions[0], "Resource": on, **more}


def deny(*actions: str, on: str = "*", **more: Any) -> Statement:
    """A statement that takes away."""
    return {**allow(*actions, on=on), "Effect": "Deny", **more}


def _all_but(*actions: str) -> Statement:
    return {"Effect": "Allow", "NotAction": list(actions), "Resource": "*"}


EVERYTHING = allow("*")
READS = allow("ec2:Describe*", "iam:Get*", "iam:List*", "s3:Get*", "s3:List*")
_WAYS_TO_POWER = ("iam:*", "sts:*", "lambda:*")
_PASS = "iam:PassRole"

_AT_ONCE = (
    Shape("everything", (EVERYTHING,), True),
    Shape("everything of every service", (allow("*:*"),), True),
    Shape("everything of IAM", (allow("iam:*"),), True),
    Shape("everything of three services", (allow("IAM:*", "ec2:*", "s3:*"),), True),
    Shape("capitals", (allow("IAM:ATTACH*POLICY"),), True),
    Shape("a question mark", (allow("iam:Put?serPolicy"),), True),
    Shape("all but the bill", (_all_but("billing:*", "aws-portal:*"),), True),
    Shape("all but one bucket", ({"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::x"},), True),
    Shape("with a second factor only", (allow("*", Condition=_MFA),), True),
    Shape("policy versions", (allow("iam:CreatePolicyVersion"),), True),
    Shape("which policy version counts", (allow("iam:SetDefaultPolicyVersion"),), True),
    Shape("who may assume roles", (allow("iam:UpdateAssumeRolePolicy"),), True),
    Shape("split over statements", (READS, allow("iam:PutRolePolicy")), True),
    Shape("the roles of one name", (allow("iam:PutRolePolicy", on=iam(f"role/{READER}")),), True),
    Shape("reading", (READS,), False),
    Shape("everything of S3", (allow("s3:*"),), False),
    Shape("everything on one bucket", (allow("*", on="arn:aws:s3:::x/*"),), False),
    Shape("everything of IAM in another account", (allow("iam:*", on="arn:aws:iam::999988887777:role/*"),), False),
    Shape("new policies for nobody", (allow("iam:CreatePolicy"),), False),
    Shape("nothing", (), False),
)

_BLOCKED = (
    Shape("everything but the ways to power", (_all_but(*_WAYS_TO_POWER),), False),
    Shape("everything, the ways to power denied", (EVERYTHING, deny(*_WAYS_TO_POWER)), False),
    Shape("everything, everything denied", (EVERYTHING, deny("*")), False),
    Shape(
        "everything, denied without a second factor",
        (EVERYTHING, deny("*", Condition={"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}})),
        True,
    ),
    Shape(
        "everything, denied to all but the chief",
        (EVERYTHING, deny("*", Condition={"StringNotEquals": {"aws:PrincipalArn": iam(f"user/{CHIEF}")}})),
        False,
    ),
    Shape(
        "everything, denied to the chief",
        (EVERYTHING, deny("*", Condition={"StringEquals": {"aws:PrincipalArn": iam(f"user/{CHIEF}")}})),
        True,
    ),
    Shape("everything, some users denied", (EVERYTHING, deny("iam:*", on=iam("user/any*"))), True),
    Shape("everything, bounded by everything", (EVERYTHING,), True, boundary=(EVERYTHING,)),
    Shape("everything, bounded by a part of IAM", (EVERYTHING,), True, boundary=(allow("iam:Put*"),)),
    Shape("everything, bounded by reading", (EVERYTHING,), False, boundary=(READS,)),
    Shape("rights that a boundary leaves out", (allow("iam:AttachUserPolicy"),), False, (allow("iam:PutUserPolicy"),)),
    Shape("a boundary that allows everything", (READS,), False, boundary=(EVERYTHING,)),
)

_OVER_OTHERS = (
    Shape("the passwords of others", (allow("iam:UpdateLoginProfile"),), True),
    Shape("the keys of others", (allow("iam:CreateAccessKey"),), True),
    Shape("the keys of the chief", (allow("iam:CreateAccessKey", on=iam(f"user/{CHIEF}")),), True),
    Shape("the keys of machines", (allow("iam:CreateAccessKey", on=iam("user/truth-machine-*")),), False),
    Shape("its own keys and password", (allow("iam:CreateAccessKey", "iam:UpdateLoginProfile", on=_SELF),), False),
    Shape("membership of groups", (allow("iam:AddUserToGroup"),), True),
    Shape("membership of the readers", (allow("iam:AddUserToGroup", on=iam(f"group/{READERS}")),), False),
    Shape("every role", (allow("sts:AssumeRole"),), True),
    Shape("the deputy's role", (allow("sts:AssumeRole", on=iam(f"role/{DEPUTY}")),), True),
    Shape("the reader's role", (allow("sts:AssumeRole", on=iam(f"role/{READER}")),), False),
    Shape("a role that asks for others", (allow("sts:AssumeRole", on=iam(f"role/{ENGINE}")),), False),
    Shape("any role to a server", (allow(_PASS, "ec2:RunInstances"),), True),
    Shape("the reader's role to a server", (allow(_PASS, on=iam(f"role/{READER}")), allow("ec2:RunInstances")), False),
    Shape("any role to nobody", (allow(_PASS),), False),
    Shape("servers without a role", (allow("ec2:RunInstances"),), False),
    Shape("any role to a function", (allow(_PASS, "lambda:CreateFunction", "lambda:InvokeFunction"),), True),
    Shape(
        "roles to build servers only",
        (
            allow(_PASS, Condition={"StringEquals": {"iam:PassedToService": "codebuild.amazonaws.com"}}),
            allow("lambda:CreateFunction", "lambda:InvokeFunction"),
        ),
        False,
    ),
    Shape("functions that others made", (allow("lambda:UpdateFunctionCode"),), True),
    Shape("running functions that others made", (allow("lambda:InvokeFunction"),), False),
)

SHAPES = _AT_ONCE + _BLOCKED + _OVER_OTHERS
