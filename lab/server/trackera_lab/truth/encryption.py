"""Keys of every class: those that can rotate and do or do not, and all the others, for which the question is idle."""

from __future__ import annotations

import dataclasses
import datetime
import json
from typing import Any

from trackera_lab import clock
from trackera_lab.context import ACCOUNT, PRIMARY_REGION, RECOVERY_REGION
from trackera_lab.estate import documents
from trackera_lab.truth.book import REGIONS, STRANGER, Book


@dataclasses.dataclass(frozen=True)
class Shape:
    """How a key is made, and the answers: `None` where a question does not apply."""

    name: str
    rotates: bool | None
    spec: str = "SYMMETRIC_DEFAULT"
    usage: str = "ENCRYPT_DECRYPT"
    origin: str = "AWS_KMS"
    state: str = "Enabled"
    multi_region: bool = False
    rotation: bool = False


SHAPES = (
    Shape("rotates", True, rotation=True),
    Shape("does not rotate", False),
    Shape("multi-region, rotates", True, multi_region=True, rotation=True),
    Shape("multi-region, does not rotate", False, multi_region=True),
    Shape("elliptic curve for signatures", None, spec="ECC_NIST_P256", usage="SIGN_VERIFY"),
    Shape("authentication codes", None, spec="HMAC_256", usage="GENERATE_VERIFY_MAC"),
    Shape("imported material", None, origin="EXTERNAL"),
    Shape("in a hardware module", None, origin="AWS_CLOUDHSM"),
    Shape("disabled", None, state="Disabled"),
    Shape("disabled, would rotate", None, state="Disabled", rotation=True),
    Shape("being deleted", None, state="PendingDeletion"),
)


@dataclasses.dataclass(frozen=True)
class Grant:
    """What a key's policy says beside that the account decides."""

    name: str
    statement: dict[str, Any] | None
    private: bool
    ours: bool


def _use(principal: Any, /, **condition: Any) -> dict[str, Any]:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "kms:Decrypt", "Resource": "*"}
    return {**statement, "Condition": condition} if condition else statement


_SERVICE = "rds.eu-central-1.amazonaws.com"
GRANTS = (
    Grant("the account alone", None, private=True, ours=True),
    Grant("a service", _use({"Service": "logs.amazonaws.com"}), private=True, ours=True),
    Grant("another company", _use({"AWS": f"arn:aws:iam::{STRANGER}:root"}), private=True, ours=False),
    Grant("a user of another company", _use({"AWS": f"arn:aws:iam::{STRANGER}:user/x"}), private=True, ours=False),
    Grant("everybody", _use("*"), private=False, ours=False),
    Grant("everybody of AWS", _use({"AWS": "*"}), private=False, ours=False),
    Grant("everybody of ours", _use("*", StringEquals={"kms:CallerAccount": ACCOUNT}), private=True, ours=True),
    Grant(
        "everybody of ours through a service",
        _use("*", StringEquals={"kms:CallerAccount": ACCOUNT, "kms:ViaService": _SERVICE}),
        private=True,
        ours=True,
    ),
    Grant("everybody of theirs", _use("*", StringEquals={"kms:CallerAccount": STRANGER}), private=True, ours=False),
    Grant("everybody through a service", _use("*", StringEquals={"kms:ViaService": _SERVICE}), False, ours=False),
    Grant("everybody of some account", _use("*", StringLike={"kms:CallerAccount": "*"}), private=False, ours=False),
)


_ABOUT_GRANTS = ("key-is-not-public", "key-stays-in-the-company")


def make(book: Book, count: int) -> None:
    """Make keys; now and then a replica of a multi-region one in the other region."""
    replicas = max(count // 12, 1)
    sources = []
    grants = book.draw(GRANTS, count - replicas)
    for shape in book.draw(SHAPES, count - replicas):
        region = PRIMARY_REGION if shape.multi_region else book.region()
        key = _make_one(region, shape)
        _say(book, region, key, shape, next(grants))
        if shape.multi_region:
            sources.append(key)
    for key in sources[:replicas]:
        _make_replica(book, key)


def finish(book: Book) -> None:
    """The keys that AWS has made meanwhile are AWS's affair."""
    from moto.kms.models import kms_backends

    for region in REGIONS:
        for key in kms_backends[ACCOUNT][region].keys.values():
            if key.key_manager == "AWS":
                book.add("aws.kms.key")
                for question in ("key-rotates", "key-is-not-being-deleted", "key-is-enabled", *_ABOUT_GRANTS):
                    book.say(question, region, key.id, None, "of AWS")


def _make_one(region: str, shape: Shape) -> Any:
    from moto.kms.models import kms_backends

    key = kms_backends[ACCOUNT][region].create_key(
        documents.key(), shape.usage, shape.spec, shape.name, None, shape.multi_region, shape.origin
    )
    key.key_state = shape.state
    key.enabled = shape.state == "Enabled"
    key.key_rotation_status = shape.rotation
    if shape.state == "PendingDeletion":
        key.deletion_date = clock.naive() + datetime.timedelta(days=30)
    return key


def _make_replica(book: Book, key: Any) -> None:
    from moto.kms.models import kms_backends

    from trackera_lab.estate import unwritable

    kms_backends[ACCOUNT][PRIMARY_REGION].replicate_key(key.id, RECOVERY_REGION)
    unwritable.separate_replica(RECOVERY_REGION, key.id)
    replica = kms_backends[ACCOUNT][RECOVERY_REGION].keys[key.id]
    _say(book, RECOVERY_REGION, replica, Shape("replica", None), GRANTS[0])


def _say(book: Book, region: str, key: Any, shape: Shape, grant: Grant) -> None:
    decides = json.loads(documents.key())["Statement"]
    key.policy = documents.document(*decides, *([grant.statement] if grant.statement else []))
    deleting = shape.state == "PendingDeletion"
    book.add("aws.kms.key")
    book.say("key-rotates", region, key.id, shape.rotates, shape.name)
    book.say("key-is-not-being-deleted", region, key.id, not deleting, shape.name)
    book.say("key-is-enabled", region, key.id, None if deleting else shape.state == "Enabled", shape.name)
    book.say("key-is-not-public", region, key.id, grant.private, grant.name)
    book.say("key-stays-in-the-company", region, key.id, grant.ours, grant.name)
