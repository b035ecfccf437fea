"""Buckets: policies that deny plain connections or only look like it, public and private ones, and their settings."""

from __future__ import annotations

import json
from typing import Any

from trackera_lab.context import ACCOUNT
from trackera_lab.truth.book import Book
from trackera_lab.truth.bucket_shapes import GRANTS, TRANSPORT

_BLOCKS: tuple[tuple[str, tuple[bool, bool, bool, bool] | None], ...] = (
    ("all four switches", (True, True, True, True)),
    ("three of four switches", (True, True, False, True)),
    ("no block", None),
)
_VERSIONS = ("Enabled", "Suspended", None)
_OWNERSHIP = ("BucketOwnerEnforced", "BucketOwnerPreferred", None)


def make(book: Book, count: int) -> None:
    """Make buckets; each has one shape of each kind."""
    grants = book.draw(GRANTS, count)
    blocks = book.draw(_BLOCKS, count)
    versions, ownership = book.draw(_VERSIONS, count), book.draw(_OWNERSHIP, count)
    for number, transport in enumerate(book.draw(TRANSPORT, count)):
        bucket = _make_one(book, number)
        name = str(bucket.name)
        _set_policy(book, bucket, transport, next(grants))
        _set_block(book, bucket, next(blocks))
        bucket.versioning_status = next(versions)
        bucket.ownership_rule = next(ownership)
        kept, owned = bucket.versioning_status, bucket.ownership_rule
        book.say("bucket-keeps-versions", None, name, kept == "Enabled", str(kept))
        book.say("bucket-has-no-access-lists", None, name, owned == "BucketOwnerEnforced", str(owned))
        book.say("bucket-encrypts", None, name, True, "default")


def _make_one(book: Book, number: int) -> Any:
    from moto.s3.models import s3_backends

    book.add("aws.s3.bucket")
    return s3_backends[ACCOUNT]["aws"].create_bucket(f"truth-{number:05}", book.region())


def _set_policy(book: Book, bucket: Any, transport: Any, grant: Any) -> None:
    name = str(bucket.name)
    statements = [_about(name, statement) for statement in (*transport.statements, *grant.statements)]
    if statements:
        bucket.policy = json.dumps({"Version": "2012-10-17", "Statement": statements}).encode()
    book.say("bucket-denies-plain-connections", None, name, transport.good, f"{transport.name}, {grant.name}")
    private = None if not statements else grant.good and transport.private
    # Without a policy there is nothing that could be public.
    book.say("bucket-policy-is-private", None, name, True if private is None else private, grant.name)


def _about(name: str, statement: dict[str, Any]) -> dict[str, Any]:
    """A statement with the bucket's name filled in."""
    filled: dict[str, Any] = json.loads(json.dumps(statement).replace("BUCKET", name))
    return filled


def _set_block(book: Book, bucket: Any, block: tuple[str, tuple[bool, bool, bool, bool] | None]) -> None:
    from moto.s3.models import PublicAccessBlock

    shape, switches = block
    bucket.public_access_block = PublicAccessBlock(*switches) if switches else None
    book.say("bucket-blocks-the-public", None, str(bucket.name), switches is not None and all(switches), shape)
