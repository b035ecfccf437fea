"""Keys of every class: those that can rotate and do or do not, and all the others, for which the question is idle."""

from __future__ import annotations

import dataclasses
import datetime
from typing import Any

from trackera_lab import clock
from trackera_lab.context import ACCOUNT, PRIMARY_REGION, RECOVERY_REGION
from trackera_lab.estate import documents
from trackera_lab.truth.book import REGIONS, Book


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


def make(book: Book, count: int) -> None:
    """Make keys; now and then a replica of a multi-region one in the other region."""
    replicas = max(count // 12, 1)
    sources = []
    for shape in book.draw(SHAPES, count - replicas):
        region = PRIMARY_REGION if shape.multi_region else book.region()
        key = _make_one(region, shape)
        _say(book, region, key, shape)
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
                for question in ("key-rotates", "key-is-not-being-deleted", "key-is-enabled"):
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
    _say(book, RECOVERY_REGION, replica, Shape("replica", None))


def _say(book: Book, region: str, key: Any, shape: Shape) -> None:
    deleting = shape.state == "PendingDeletion"
    book.add("aws.kms.key")
    book.say("key-rotates", region, key.id, shape.rotates, shape.name)
    book.say("key-is-not-being-deleted", region, key.id, not deleting, shape.name)
    book.say("key-is-enabled", region, key.id, None if deleting else shape.state == "Enabled", shape.name)
