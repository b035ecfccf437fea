"""The shapes of trust policies, each with whom it lets in. Pure data."""

from __future__ import annotations

import dataclasses
from typing import Any

from trackera_lab.context import ACCOUNT
from trackera_lab.truth.book import STRANGER
from trackera_lab.truth.identity_shapes import HEIR, iam

_OURS = {"AWS": iam("root")}
_HEIR = {"AWS": iam(f"user/{HEIR}")}
_PRESENT, _AGE = "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"


@dataclasses.dataclass(frozen=True)
class Trust:
    """Statements; whether they let in strangers, and people without a second factor.

    A role that lets in everybody of the account makes all of them what it is itself: `harmless` ones only read.
    """

    name: str
    statements: tuple[dict[str, Any], ...]
    stranger: bool
    asks: bool
    harmless: bool = False


def lets_in(principal: Any, action: str = "sts:AssumeRole", /, **condition: Any) -> dict[str, Any]:
    """A statement that lets somebody take on a role."""
    statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return {**statement, "Condition": condition} if condition else statement


_KEPT_OUT = {
    "Effect": "Deny",
    "Principal": {"AWS": "*"},
    "Action": "sts:AssumeRole",
    "Condition": {"BoolIfExists": {_PRESENT: "false"}},
}

TRUST = (
    Trust("servers", (lets_in({"Service": "ec2.amazonaws.com"}),), stranger=False, asks=True),
    Trust("two services", (lets_in({"Service": ["ecs.amazonaws.com", "s3.amazonaws.com"]}),), False, asks=True),
    Trust("our own account", (lets_in(_OURS),), stranger=False, asks=False),
    Trust("our own account by its number", (lets_in({"AWS": ACCOUNT}),), stranger=False, asks=False),
    Trust("one of our users", (lets_in(_HEIR),), stranger=False, asks=False),
    Trust("one of our users, with a second factor", (lets_in(_HEIR, Bool={_PRESENT: "true"}),), False, asks=True),
    Trust("ourselves, with a second factor", (lets_in(_OURS, Bool={_PRESENT: "true"}),), False, asks=True),
    Trust("ourselves, with one if it exists", (lets_in(_OURS, BoolIfExists={_PRESENT: "true"}),), False, asks=False),
    Trust("ourselves, without one", (lets_in(_OURS, Bool={_PRESENT: "false"}),), stranger=False, asks=False),
    Trust("ourselves, an hour after it", (lets_in(_OURS, NumericLessThan={_AGE: "3600"}),), stranger=False, asks=True),
    Trust("ourselves, any time after it", (lets_in(_OURS, Null={_AGE: "false"}),), stranger=False, asks=True),
    Trust("ourselves, denied without one", (lets_in(_OURS), _KEPT_OUT), stranger=False, asks=True),
    Trust("another account", (lets_in({"AWS": f"arn:aws:iam::{STRANGER}:root"}),), stranger=True, asks=False),
    Trust("another account by its number", (lets_in({"AWS": STRANGER}),), stranger=True, asks=False),
    Trust("a role of another account", (lets_in({"AWS": f"arn:aws:iam::{STRANGER}:role/ci"}),), True, asks=True),
    Trust("another account, by a word", (lets_in({"AWS": STRANGER}, StringEquals={"sts:ExternalId": "x"}),), True, False),
    Trust("another account, with a second factor", (lets_in({"AWS": STRANGER}, Bool={_PRESENT: "true"}),), True, True),
    Trust("ourselves and another", (lets_in({"AWS": [iam("root"), STRANGER]}),), stranger=True, asks=False),
    Trust("everybody", (lets_in({"AWS": "*"}),), stranger=True, asks=False, harmless=True),
    Trust(
        "everybody of ours",
        (lets_in({"AWS": "*"}, StringEquals={"aws:PrincipalAccount": ACCOUNT}),),
        stranger=False,
        asks=False,
        harmless=True,
    ),
    Trust(
        "the people of a provider",
        (lets_in({"Federated": iam("saml-provider/staff")}, "sts:AssumeRoleWithSAML"),),
        stranger=True,
        asks=True,
    ),
)
