"""Disks and their snapshots: encrypted or not, shared with nobody, with ourselves, with a stranger or with everybody."""

from __future__ import annotations

from typing import Any

from trackera_lab import clock
from trackera_lab.context import ACCOUNT
from trackera_lab.truth.book import REGIONS, STRANGER, Book

_ENCRYPTED = (True, False)
_SHARED: tuple[tuple[str, tuple[str, ...], tuple[str, ...], bool], ...] = (
    # name, accounts, groups, whether it is private
    ("shared with nobody", (), (), True),
    ("shared with our own account", (ACCOUNT,), (), True),
    ("shared with a stranger", (STRANGER,), (), False),
    ("shared with a stranger and ourselves", (ACCOUNT, STRANGER), (), False),
    ("public", (), ("all",), False),
)


def make(book: Book, count: int) -> None:
    """Half of them are disks, half are snapshots of some of these."""
    keys = {region: _key(region) for region in REGIONS}
    volumes = [_make_volume(book, encrypted, keys) for encrypted in book.draw(_ENCRYPTED, count // 2)]
    for shared in book.draw(_SHARED, count - count // 2):
        backend, volume = book.dice.choice(volumes)
        _make_snapshot(book, backend, volume, shared)


def _key(region: str) -> str:
    from trackera_lab.databases.keys import usable_key

    return usable_key(ACCOUNT, region, "alias/aws/ebs")


def _make_volume(book: Book, encrypted: bool, keys: dict[str, str]) -> tuple[Any, Any]:
    from moto.ec2.models import ec2_backends

    region = book.region()
    backend = ec2_backends[ACCOUNT][region]
    # The region encrypts by default; what is plain was made before that.
    backend.ebs_encryption_by_default = False
    volume = backend.create_volume(
        book.dice.choice((8, 40, 200)), f"{region}a", None, encrypted, keys[region] if encrypted else None, "gp3"
    )
    backend.ebs_encryption_by_default = True
    book.add("aws.ec2.volume")
    book.say("volume-is-encrypted", region, volume.id, encrypted, "encrypted" if encrypted else "plain")
    return backend, volume


def _make_snapshot(
    book: Book, backend: Any, volume: Any, shared: tuple[str, tuple[str, ...], tuple[str, ...], bool]
) -> None:
    name, accounts, groups, private = shared
    with clock.at(clock.parse(f"-{book.dice.randint(1, 400)}d")):
        snapshot = backend.create_snapshot(volume.id, name, ACCOUNT)
    snapshot.kms_key_id = volume.kms_key_id
    if accounts or groups:
        backend.add_create_volume_permission(snapshot.id, user_ids=list(accounts), groups=list(groups))
    encrypted = bool(volume.encrypted)
    book.add("aws.ec2.snapshot")
    book.say("snapshot-is-encrypted", backend.region_name, snapshot.id, encrypted, name)
    book.say("snapshot-is-private", backend.region_name, snapshot.id, private, name)
