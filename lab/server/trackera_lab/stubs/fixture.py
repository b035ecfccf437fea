"""Reads `stubs.yaml` and fills its placeholders: ages, the account, the region, one entry per instance or database."""

from __future__ import annotations

import dataclasses
import datetime
import functools
import pathlib
from collections.abc import Callable, Iterator
from typing import Any

import yaml

from trackera_lab import clock
from trackera_lab.context import ACCOUNT, HOME_REGION, PRIMARY_REGION, RECOVERY_REGION

_FILE = pathlib.Path(__file__).parent / "stubs.yaml"
_ESTATE_REGIONS = (PRIMARY_REGION, RECOVERY_REGION, HOME_REGION)


@dataclasses.dataclass(frozen=True)
class Age:
    """A moment so long before the call."""

    text: str

    def moment(self) -> datetime.datetime:
        """The moment, seen from now."""
        age = self.text
        sign = 1 if age.startswith("+") else -1
        units = {"d": "days", "h": "hours", "m": "minutes"}
        span = datetime.timedelta(**{units[age[-1]]: float(age[:-1].lstrip("+"))})
        return clock.now() + sign * span


@dataclasses.dataclass(frozen=True)
class Stub:
    """The answer to one operation."""

    answer: dict[str, Any]
    match: dict[str, str] = dataclasses.field(default_factory=dict)
    """Request parameter to the member of each entry that it selects."""
    per: str | None = None
    """Repeat every entry for each `instance` or `database` of the region."""
    elsewhere: dict[str, Any] | None = None
    """The answer in regions where the company has nothing."""


class _Loader(yaml.SafeLoader):
    """YAML with `!ago 26h` for a moment before the call."""


_Loader.add_constructor("!ago", lambda loader, node: Age(str(loader.construct_scalar(node))))


@functools.cache
def load() -> dict[str, Stub]:
    """Every stub of the fixture file by the name of its operation."""
    document = yaml.load(_FILE.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506 (a safe loader)
    return {name: Stub(**entry) for name, entry in document.items()}


def filled(stub: Stub, region: str) -> dict[str, Any]:
    """The answer with its placeholders filled for one region."""
    source = stub.answer
    if stub.elsewhere is not None and region not in _ESTATE_REGIONS:
        source = stub.elsewhere
    words = {"account": ACCOUNT, "region": region}
    if stub.per is None:
        return _fill(source, words)
    each = _EACH[stub.per]
    return {
        name: [_fill(entry, words | own) for own in each(region) for entry in value] if isinstance(value, list) else value
        for name, value in source.items()
    }


def _fill(value: Any, words: dict[str, str]) -> Any:
    if isinstance(value, Age):
        return value.moment()
    if isinstance(value, str):
        for word, text in words.items():
            value = value.replace("{" + word + "}", text)
        return value
    if isinstance(value, dict):
        return {key: _fill(inner, words) for key, inner in value.items()}
    if isinstance(value, list):
        return [_fill(inner, words) for inner in value]
    return value


def _instances(region: str) -> Iterator[dict[str, str]]:
    from moto.ec2.models import ec2_backends

    for reservation in ec2_backends[ACCOUNT][region].reservations.values():
        for instance in reservation.instances:
            if instance.state == "running":
                yield {"instance": instance.id, "address": instance.private_ip or "", "image": instance.image_id}


def _databases(region: str) -> Iterator[dict[str, str]]:
    from moto.rds.models import rds_backends

    for identifier in rds_backends[ACCOUNT][region].databases:
        yield {"database": f"arn:aws:rds:{region}:{ACCOUNT}:db:{identifier}", "identifier": str(identifier)}


_EACH: dict[str, Callable[[str], Iterator[dict[str, str]]]] = {"instance": _instances, "database": _databases}
