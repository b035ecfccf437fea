"""Access keys on both sides of every limit: age, last use, and how many of them one user has."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
from typing import Any

from trackera_lab import clock
from trackera_lab.context import PRIMARY_REGION
from trackera_lab.truth.book import Book
from trackera_lab.truth.identities import backend

_ROTATION, _KEPT = 7.0, 120.0


@dataclasses.dataclass(frozen=True)
class Shape:
    """A key: its age in days, when it last signed a request, and whether it may."""

    name: str
    age: float
    used: float | None
    active: bool
    young: bool | None
    in_use: bool | None


SHAPES = (
    Shape("new, used", 1.0, 0.1, True, True, True),
    Shape("new, never used", 2.0, None, True, True, True),
    Shape("6.9 days, used", 6.9, 0.1, True, True, True),
    Shape("7.1 days, used", 7.1, 0.1, True, True, True),
    Shape("44.9 days, never used", 44.9, None, True, True, True),
    Shape("45.1 days, never used", 45.1, None, True, True, False),
    Shape("89.9 days, used", 89.9, 1.0, True, True, True),
    Shape("90.1 days, used", 90.1, 1.0, True, False, True),
    Shape("89.9 days, silent for 44.9", 89.9, 44.9, True, True, True),
    Shape("89.9 days, silent for 45.1", 89.9, 45.1, True, True, False),
    Shape("90.1 days, never used", 90.1, None, True, False, False),
    Shape("700 days, used today", 700.0, 0.2, True, False, True),
    Shape("700 days, silent", 700.0, 300.0, True, False, False),
    Shape("700 days, switched off", 700.0, 100.0, False, None, None),
    Shape("119.9 days, switched off", 119.9, 40.0, False, None, None),
    Shape("120.1 days, switched off", 120.1, 40.0, False, None, None),
    Shape("new, switched off", 3.0, None, False, None, None),
)


def make(book: Book, count: int) -> None:
    """Give users one key or two."""
    shapes = book.draw(SHAPES, count)
    for number in itertools.count():
        held = list(itertools.islice(shapes, 1 + number % 2))
        if not held:
            break
        _make_user(book, f"truth-machine-{number:05}", held)


def _make_user(book: Book, name: str, shapes: list[Shape]) -> None:
    with clock.at(clock.parse("-800d")):
        backend().create_user("us-east-1", name)
    for shape in shapes:
        _make_key(book, name, shape)
    settled = [shape for shape in shapes if shape.active and shape.age > _ROTATION]
    book.add("aws.iam.user")
    book.say("one-active-key", None, name, len(settled) < 2, " and ".join(shape.name for shape in shapes))
    for question, good in (
        ("user-does-not-administrate", True),
        ("administrator-has-second-factor", None),
        ("console-user-has-second-factor", None),
        ("rights-come-through-groups", True),
    ):
        book.say(question, None, name, good, "a machine without rights")


def _make_key(book: Book, user: str, shape: Shape) -> None:
    from moto.iam.models import AccessKeyLastUsed

    now = datetime.datetime.now(datetime.timezone.utc)
    with clock.at(now - datetime.timedelta(days=shape.age)):
        key: Any = backend().create_access_key(user, "AKIA", "Active" if shape.active else "Inactive")
    if shape.used is not None:
        used = (now - datetime.timedelta(days=shape.used)).replace(tzinfo=None)
        key.last_used = AccessKeyLastUsed(timestamp=used, service="s3", region=PRIMARY_REGION)
    book.add("aws.iam.access_key")
    book.say("access-key-is-young", None, key.access_key_id, shape.young, shape.name)
    book.say("access-key-is-used", None, key.access_key_id, shape.in_use, shape.name)
    deleted_in_time = None if shape.active else shape.age <= _KEPT
    book.say("switched-off-key-is-deleted", None, key.access_key_id, deleted_in_time, shape.name)
