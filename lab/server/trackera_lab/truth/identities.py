"""Users and roles with rights of every shape, which reach them in four ways, and second factors or none."""

from __future__ import annotations

import json
from typing import Any

from trackera_lab import clock
from trackera_lab.context import ACCOUNT
from trackera_lab.estate import names
from trackera_lab.truth.book import Book
from trackera_lab.truth.identity_shapes import SHAPES, TRUST, Shape, Statement

_WAYS = ("inline", "attached", "group", "attached to a group")
_SIGN_IN = (
    # password, second factor
    (True, True),
    (True, False),
    (False, False),
    (False, True),
)
_ROLE_SHARE = 1 / 3


def make(book: Book, count: int) -> None:
    """Make users and roles."""
    roles = round(count * _ROLE_SHARE)
    sign_in, ways = book.draw(_SIGN_IN, count), book.draw(_WAYS, count)
    for number, shape in enumerate(book.draw(SHAPES, count - roles)):
        _make_user(book, f"truth-{number:05}", shape, next(ways), *next(sign_in))
    trusts = book.draw(TRUST, roles)
    for number, shape in enumerate(book.draw(SHAPES, roles)):
        _make_role(book, f"truth-{number:05}", shape, next(trusts))


def backend() -> Any:
    """IAM, which belongs to the whole account."""
    from moto.iam.models import iam_backends

    return iam_backends[ACCOUNT]["aws"]


def _make_user(book: Book, name: str, shape: Shape, way: str, password: bool, factor: bool) -> None:
    iam = backend()
    with clock.at(clock.parse(f"-{book.dice.randint(1, 900)}d")):
        user = iam.create_user("us-east-1", name)
        _grant(user, shape, way)
        if password:
            iam.create_login_profile(name, names.DATABASE_PASSWORD)
        if factor:
            user.enable_mfa_device(f"arn:aws:iam::{ACCOUNT}:mfa/{name}", "123456", "654321")
    if shape.boundary:
        user.boundary_arn = _policy(f"{name}-boundary", shape.boundary).arn
    label = f"{shape.name}, {way}"
    direct = bool(shape.statements) and way in ("inline", "attached")
    book.add("aws.iam.user")
    book.say("principal-holds-no-administration", None, name, not shape.administers, label)
    book.say("principal-passes-no-role-to-power", None, name, not shape.passes_roles, label)
    book.say("administrator-has-second-factor", None, name, factor if shape.administers else None, label)
    book.say("console-user-has-second-factor", None, name, factor if password else None, label)
    book.say("rights-come-through-groups", None, name, not direct, label)
    book.say("one-active-key", None, name, True, "no key")
    if shape.administers:
        book.administrators.append(name)


def _grant(user: Any, shape: Shape, way: str) -> None:
    if not shape.statements:
        return
    iam, name = backend(), user.name
    if way == "inline":
        user.policies[name] = _document(shape.statements)
    elif way == "attached":
        _policy(name, shape.statements).attach_to(user)
    else:
        group = iam.create_group(f"{name}-group")
        group.users.append(user)
        if way == "group":
            group.policies[name] = _document(shape.statements)
        else:
            _policy(name, shape.statements).attach_to(group)


def _make_role(book: Book, name: str, shape: Shape, trust: Any) -> None:
    principal = {"Effect": "Allow", "Principal": trust.principal, "Action": "sts:AssumeRole"}
    boundary = _policy(f"{name}-role-boundary", shape.boundary).arn if shape.boundary else None
    role = backend().create_role(name, _document((principal,)), "/", boundary, shape.name, [], "3600")
    if shape.statements:
        role.policies[name] = _document(shape.statements)
    book.add("aws.iam.role")
    book.say("role-holds-no-administration", None, name, not shape.administers, shape.name)
    book.say("role-admits-no-stranger", None, name, not trust.stranger, trust.name)
    if shape.administers:
        book.administrators.append(f"role/{name}")


def _policy(name: str, statements: tuple[Statement, ...]) -> Any:
    return backend().create_policy("", "/", _document(statements), name, [])


def _document(statements: tuple[Statement, ...]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
