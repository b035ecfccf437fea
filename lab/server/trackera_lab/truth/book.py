"""Writes down the truth: which answer each question has for each resource, and what shape the resource is of."""

from __future__ import annotations

import dataclasses
import functools
import pathlib
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import yaml

from trackera_lab.context import PRIMARY_REGION, RECOVERY_REGION

REGIONS = (PRIMARY_REGION, RECOVERY_REGION)
STRANGER = "999988887777"
"""The account of another company."""
PASS, FAIL, NOT_APPLICABLE = "pass", "fail", "not_applicable"
_QUESTIONS = pathlib.Path(__file__).parent / "questions.yaml"
Shape = TypeVar("Shape")


@functools.cache
def questions() -> dict[str, dict[str, Any]]:
    """Every question: what it asks of which kind, and which policy of the product answers it."""
    loaded: dict[str, dict[str, Any]] = yaml.safe_load(_QUESTIONS.read_text(encoding="utf-8"))
    return loaded


def verdict(good: bool | None) -> str:
    """A declared truth as an answer; `None` where the question does not apply."""
    if good is None:
        return NOT_APPLICABLE
    return PASS if good else FAIL


@dataclasses.dataclass(frozen=True)
class Answer:
    """The answer to a question for one resource; the region is `None` for what belongs to the whole account."""

    region: str | None
    id: str
    verdict: str
    shape: str


class Book:
    """The truth about one estate, and the dice that it is drawn with."""

    def __init__(self, draw: int) -> None:
        self.dice = random.Random(draw)
        self.administrators: list[str] = []
        self._draw = draw
        self._resources: Counter[str] = Counter()
        self._told: dict[str, set[str]] = {question: set() for question in questions()}
        self._answers: dict[str, list[Answer]] = {question: [] for question in questions()}

    def draw(self, shapes: Sequence[Shape], count: int) -> Iterator[Shape]:
        """So many shapes in a random order: every shape comes as often as every other, but for one."""
        drawn = [shapes[number % len(shapes)] for number in range(-(-count // len(shapes)) * len(shapes))]
        rounds = [drawn[start : start + len(shapes)] for start in range(0, len(drawn), len(shapes))]
        for one in rounds:
            self.dice.shuffle(one)
        yield from [shape for one in rounds for shape in one][:count]

    def region(self) -> str:
        """One of the two regions."""
        return self.dice.choice(REGIONS)

    def add(self, kind: str) -> None:
        """A resource was made."""
        self._resources[kind] += 1

    def say(self, question: str, region: str | None, identifier: str, good: bool | None, shape: str) -> None:
        """The answer to a question for one resource."""
        self._told[question].add(identifier)
        self._answers[question].append(Answer(region, identifier, verdict(good), shape))

    def told(self, question: str) -> set[str]:
        """The resources that a question has been answered for."""
        return self._told[question]

    def document(self, scale: int) -> dict[str, Any]:
        """All of it, for a program to read."""
        return {
            "scale": scale,
            "draw": self._draw,
            "regions": list(REGIONS),
            "resources": dict(self._resources),
            "administrators": sorted(self.administrators),
            "questions": questions(),
            "answers": {
                question: [dataclasses.asdict(answer) for answer in answers]
                for question, answers in self._answers.items()
            },
        }
