"""Users and roles with rights of every shape, which reach them in four ways, and second factors or none."""

from __future__ import annotations

import json
from typing import Any

from trackera_lab import clock
from trackera_lab.context import ACCOUNT
from trackera_lab.estate import names
from trackera_lab.truth import identity_shapes as rights
from trackera_lab.truth.book import Book
from trackera_lab.truth.identity_shapes import SHAPES, Shape, Statement
from trackera_lab.truth.trust_shapes import TRUST, Trust, lets_in

_WAYS = ("inline", "attached", "group", "attached to a group")
_SIGN_IN = (
    # password, second factor
    (True, True),
    (True, False),
    (False, False),
    (False, True),
)
_ROLE_SHARE = 1 / 3
_READING = Shape("reading for everybody", (rights.READS,), administers=False)
_ALL = Shape("everything, named by the shapes", (rights.EVERYTHING,), administers=True)
_RAISED = Shape("nothing of its own, let in by name", (), administers=True)
_BARRED = Shape("let in by name, but denied", (rights.deny("sts:*"),), administers=False)


def make(book: Book, count: int) -> None:
    """Make users and roles."""
    _make_named(book)
    roles = round(count * _ROLE_SHARE)
    sign_in, ways = book.draw(_SIGN_IN, count), book.draw(_WAYS, count)
    for number, shape in enumerate(book.draw(SHAPES, count - roles)):
        _make_user(book, f"truth-{number:05}", shape, next(ways), *next(sign_in))
    trusts = book.draw(TRUST, roles)
    for number, shape in enumerate(book.draw(SHAPES, roles)):
        trust = next(trusts)
        _make_role(book, f"truth-{number:05}", _READING if trust.harmless else shape, trust)


def backend() -> Any:
    """IAM, which belongs to the whole account."""
    from moto.iam.models import iam_backends

    return iam_backends[ACCOUNT]["aws"]


def _make_named(book: Book) -> None:
    """Make those whom the shapes name: with them, what a shape leads to is settled."""
    chiefs, readers = backend().create_group(rights.CHIEFS), backend().create_group(rights.READERS)
    chiefs.policies["all"] = _document((rights.EVERYTHING,))
    readers.policies["reading"] = _document((rights.READS,))
    _make_user(book, rights.CHIEF, _ALL, "group", password=True, factor=True)
    _make_user(book, rights.HEIR, _RAISED, "inline", password=True, factor=False)
    _make_user(book, rights.STEWARD, _RAISED, "inline", password=False, factor=True)
    _make_user(book, rights.BARRED, _BARRED, "inline", password=True, factor=True)
    for name, shape, trusted, asks in (
        (rights.ENGINE, _ALL, {"Service": "ec2.amazonaws.com"}, True),
        (rights.WORKER, _ALL, {"Service": ["lambda.amazonaws.com", "ecs-tasks.amazonaws.com"]}, True),
        (rights.DEPUTY, _ALL, {"AWS": rights.iam("root")}, False),
        ("truth-estate", _ALL, {"AWS": [rights.iam(f"user/{name}") for name in (rights.HEIR, rights.BARRED)]}, False),
        ("truth-first", _RAISED, {"AWS": rights.iam(f"user/{rights.STEWARD}")}, False),
        ("truth-second", _ALL, {"AWS": rights.iam("role/truth-first")}, True),
    ):
        _make_role(book, name, shape, Trust("named by the shapes", (lets_in(trusted),), stranger=False, asks=asks))
    both = (lets_in({"Service": "ec2.amazonaws.com"}), lets_in({"AWS": rights.iam("root")}))
    _make_role(book, rights.READER, _READING, Trust("servers and ourselves", both, stranger=False, asks=False))
    for name in (rights.ENGINE, rights.READER):
        backend().create_instance_profile(name, "/", [])
        backend().add_role_to_instance_profile(name, name)


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
    book.say("user-does-not-administrate", None, name, not shape.administers, label)
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


def _make_role(book: Book, name: str, shape: Shape, trust: Trust) -> None:
    boundary = _policy(f"{name}-role-boundary", shape.boundary).arn if shape.boundary else None
    role = backend().create_role(name, _document(trust.statements), "/", boundary, shape.name, [], "3600")
    if shape.statements:
        role.policies[name] = _document(shape.statements)
    book.add("aws.iam.role")
    book.say("role-does-not-administrate", None, name, not shape.administers, shape.name)
    book.say("role-admits-no-stranger", None, name, not trust.stranger, trust.name)
    book.say("role-asks-for-second-factor", None, name, trust.asks, trust.name)
    if shape.administers:
        book.administrators.append(f"role/{name}")


def _policy(name: str, statements: tuple[Statement, ...]) -> Any:
    return backend().create_policy("", "/", _document(statements), name, [])


def _document(statements: tuple[Statement, ...]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
