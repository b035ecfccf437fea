"""Databases without data behind them, on both sides of what is promised about backups, and snapshots shared or not."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from trackera_lab import clock
from trackera_lab.context import ACCOUNT
from trackera_lab.estate import names
from trackera_lab.truth.book import REGIONS, STRANGER, Book

_HOURS = 26.0
_KEPT_DAYS = 7
_SNAPSHOT_AGES: tuple[float | None, ...] = (1.0, 25.5, 26.5, 200.0, None)
_RETENTION = (0, 1, 6, 14, 35)
_SHARED = ((), (ACCOUNT,), (STRANGER,), ("all",))
_FLAGS = (True, False)


@dataclasses.dataclass(frozen=True)
class Ground:
    """A region's subnet group, its two security groups and its key."""

    backend: Any
    shut: str
    opened: str
    key: str


def make(book: Book, count: int) -> None:
    """A third are instances; the rest are snapshots of them."""
    grounds = {region: _prepare(region) for region in REGIONS}
    instances = max(count // 3, 1)
    retention, ages = book.draw(_RETENTION, instances), book.draw(_SNAPSHOT_AGES, instances)
    made = []
    for number in range(instances):
        ground = grounds[book.region()]
        instance = _make_instance(book, ground, number, next(retention))
        _snapshot_lately(book, ground, instance, number, next(ages))
        made.append((ground, instance))
    for number, shared in enumerate(book.draw(_SHARED, count - 2 * instances)):
        ground, instance = book.dice.choice(made)
        _make_snapshot(book, ground, instance, f"truth-kept-{number:05}", 400.0, shared)


def _prepare(region: str) -> Ground:
    from moto.ec2.models import ec2_backends
    from moto.rds.models import rds_backends

    from trackera_lab.databases.keys import usable_key

    ec2, backend = ec2_backends[ACCOUNT][region], rds_backends[ACCOUNT][region]
    vpc = ec2.create_vpc("10.200.0.0/16")
    subnets = [
        ec2.create_subnet(vpc.id, f"10.200.{number * 64}.0/18", availability_zone=f"{region}{zone}")
        for number, zone in enumerate("ab")
    ]
    backend.create_subnet_group("truth", "Private subnets", subnets, [])
    shut = ec2.create_security_group("truth-database", "The application reaches databases", vpc.id, force=True)
    opened = ec2.create_security_group("truth-database-open", "Everybody reaches databases", vpc.id, force=True)
    ec2.authorize_security_group_ingress(shut.id, "tcp", 5432, 5432, [{"CidrIp": "10.200.0.0/16"}])
    ec2.authorize_security_group_ingress(opened.id, "tcp", 5432, 5432, [{"CidrIp": "0.0.0.0/0"}])
    return Ground(backend, shut.id, opened.id, usable_key(ACCOUNT, region, "alias/aws/rds"))


def _make_instance(book: Book, ground: Ground, number: int, retention: int) -> Any:
    encrypted, public, standby, stays, opened = (book.dice.choice(_FLAGS) for _ in range(5))
    arguments = {
        "db_instance_identifier": f"truth-{number:05}",
        "db_instance_class": "db.t4g.medium",
        "engine": "postgres",
        "allocated_storage": 20,
        "storage_type": "gp3",
        "master_username": "owner",
        "master_user_password": names.DATABASE_PASSWORD,
        "storage_encrypted": encrypted,
        "kms_key_id": ground.key if encrypted else None,
        "publicly_accessible": public,
        "multi_az": standby,
        "deletion_protection": stays,
        "backup_retention_period": retention,
        "db_subnet_group_name": "truth",
        "vpc_security_group_ids": [ground.opened if opened else ground.shut],
        "tags": names.pairs(names.FLAG_WITHOUT_DATABASE),
    }
    with clock.at(clock.parse(f"-{book.dice.randint(60, 700)}d")):
        instance = _admit(ground.backend, {name: value for name, value in arguments.items() if value is not None})
    region, identifier = ground.backend.region_name, instance.db_instance_identifier
    book.add("aws.rds.db_instance")
    for question, good, shape in (
        ("database-is-encrypted", encrypted, "encrypted" if encrypted else "plain"),
        ("database-is-backed-up", retention >= _KEPT_DAYS, f"kept for {retention} days"),
        ("database-is-restorable", retention > 0, f"kept for {retention} days"),
        ("database-stays", stays, "protected" if stays else "not protected"),
        ("database-has-a-standby", standby, "two zones" if standby else "one zone"),
        (
            "database-is-shut-to-the-internet",
            not public and not opened,
            f"{'public' if public else 'private'}, group {'open' if opened else 'shut'}",
        ),
    ):
        book.say(question, region, identifier, good, shape)
    return instance


def _admit(backend: Any, arguments: dict[str, Any]) -> Any:
    """Record an instance that has been there for long, whether or not real databases stand behind the others."""
    if not hasattr(backend, "admit"):
        instance = backend.create_db_instance(arguments)
        for name in [name for name in backend.database_snapshots if name.startswith(f"rds:{instance.db_instance_identifier}-")]:
            del backend.database_snapshots[name]
        return instance
    instance = backend.admit(arguments)
    instance.status, instance.seen_available = "available", True
    return instance


def _snapshot_lately(book: Book, ground: Ground, instance: Any, number: int, hours: float | None) -> None:
    identifier = instance.db_instance_identifier
    shape = "no snapshot" if hours is None else f"{hours} hours ago"
    fresh = hours is not None and hours < _HOURS
    book.say("database-has-a-daily-snapshot", ground.backend.region_name, identifier, fresh, shape)
    if hours is not None:
        _make_snapshot(book, ground, instance, f"truth-nightly-{number:05}", hours, ())


def _make_snapshot(
    book: Book, ground: Ground, instance: Any, name: str, hours: float, shared: tuple[str, ...]
) -> None:
    backend = ground.backend
    moment = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=hours)
    with clock.at(moment):
        snapshot = _snapshot_class(backend)(backend, instance, name)
    snapshot.status = "available"
    backend.database_snapshots[name] = snapshot
    if shared:
        snapshot.attributes["restore"] = list(shared)
    region, encrypted = backend.region_name, bool(instance.storage_encrypted)
    private = not set(shared) - {ACCOUNT}
    book.add("aws.rds.db_snapshot")
    book.say("database-snapshot-is-encrypted", region, name, encrypted, "encrypted" if encrypted else "plain")
    book.say("database-snapshot-is-private", region, name, private, f"shared with {', '.join(shared) or 'nobody'}")


def _snapshot_class(backend: Any) -> Any:
    from moto.rds.models import DBSnapshot

    from trackera_lab.databases.snapshots import Snapshot

    return Snapshot if hasattr(backend, "admit") else DBSnapshot
