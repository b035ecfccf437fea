"""Buckets: policies that deny plain connections or only look like it, public and private ones, and their settings."""

from __future__ import annotations

import json
from typing import Any

from trackera_lab.context import ACCOUNT
from trackera_lab.truth.book import Book
from trackera_lab.truth.bucket_shapes import BLOCKS, GRANTS, LISTS, TRANSPORT, Block, List

_VERSIONS = ("Enabled", "Suspended", None)
_OWNERSHIP = ("BucketOwnerEnforced", "BucketOwnerPreferred", None)


def make(book: Book, count: int) -> None:
    """Make buckets; each has one shape of each kind."""
    grants, blocks, lists = book.draw(GRANTS, count), book.draw(BLOCKS, count), book.draw(LISTS, count)
    versions, ownership = book.draw(_VERSIONS, count), book.draw(_OWNERSHIP, count)
    for number, transport in enumerate(book.draw(TRANSPORT, count)):
        bucket = _make_one(book, number)
        name = str(bucket.name)
        bucket.versioning_status, bucket.ownership_rule = next(versions), next(ownership)
        kept, owned = bucket.versioning_status, bucket.ownership_rule
        _let_in(book, bucket, transport, next(grants), next(blocks), next(lists))
        book.say("bucket-keeps-versions", None, name, kept == "Enabled", str(kept))
        book.say("bucket-has-no-access-lists", None, name, owned == "BucketOwnerEnforced", str(owned))
        book.say("bucket-encrypts", None, name, True, "default")


def _make_one(book: Book, number: int) -> Any:
    from moto.s3.models import s3_backends

    book.add("aws.s3.bucket")
    return s3_backends[ACCOUNT]["aws"].create_bucket(f"truth-{number:05}", book.region())


def _let_in(book: Book, bucket: Any, transport: Any, grant: Any, block: Block, given: List) -> None:
    """Set what decides who is let in, and how."""
    name = str(bucket.name)
    _set_policy(bucket, (*transport.statements, *grant.statements))
    _set_list(bucket, given)
    _set_block(bucket, block)
    by_policy = not grant.good and not block.stops_policies
    listed = bucket.ownership_rule != "BucketOwnerEnforced" and not block.stops_lists
    by_list = given.group is not None and "/global/" in given.group and listed
    book.say("bucket-denies-plain-connections", None, name, transport.good, f"{transport.name}, {grant.name}")
    book.say("bucket-policy-is-private", None, name, grant.good, grant.name)
    book.say("bucket-blocks-the-public", None, name, block.switches is not None and all(block.switches), block.name)
    shape = f"{grant.name}, {given.name}, {block.name}, {bucket.ownership_rule}"
    book.say("bucket-is-private-in-effect", None, name, not by_policy and not by_list, shape)


def _set_policy(bucket: Any, statements: tuple[dict[str, Any], ...]) -> None:
    """The statements as the bucket's policy, its name filled in; without any, it has none."""
    if statements:
        text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        bucket.policy = text.replace("BUCKET", str(bucket.name)).encode()


def _set_list(bucket: Any, given: List) -> None:
    from moto.s3.models import FakeGrant, FakeGrantee

    if given.group is not None:
        bucket.acl.grants.append(FakeGrant([FakeGrantee(uri=given.group)], [given.permission]))


def _set_block(bucket: Any, block: Block) -> None:
    from moto.s3.models import PublicAccessBlock

    bucket.public_access_block = PublicAccessBlock(*block.switches) if block.switches else None
