"""Estates that are drawn at random, together with the truth about them.

Each resource has a shape: a small thing with a name, whose author has declared what is true of it by the meaning of AWS,
without any rule's logic. The draw decides how often each shape occurs and where; the shapes decide the truth. So a
program that answers the same questions about the estate can be held against what is known to be so.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from trackera_lab import corrections
from trackera_lab.estate import regions
from trackera_lab.estate.clients import Clients
from trackera_lab.truth import access_keys, buckets, databases, disks, encryption, groups, identities, messages
from trackera_lab.truth.book import Book

_SERVICES = ("ec2", "iam", "kms", "rds", "s3", "sesv2", "sns", "sqs")
_PARTS: tuple[tuple[Callable[[Book, int], None], float], ...] = (
    # Each part and its share of the resources; the keys come first, because disks and databases use them.
    (encryption.make, 0.05),
    (groups.make, 0.36),
    (disks.make, 0.25),
    (buckets.make, 0.08),
    (identities.make, 0.09),
    (access_keys.make, 0.07),
    (databases.make, 0.06),
    (messages.make, 0.04),
)


def seed(endpoint: str, scale: int, draw: int) -> dict[str, Any]:
    """Fill the empty estate with about `scale` resources; gives the truth about them.

    The resources are written into moto directly: ten thousand calls would take minutes.
    """
    began = time.monotonic()
    for service in _SERVICES:
        corrections.apply(service)
    clients = Clients(endpoint)
    for region in regions.enabled(clients):
        regions.harden(clients, region, None)
    book = Book(draw)
    for make, share in _PARTS:
        make(book, round(scale * share))
    groups.finish(book)
    encryption.finish(book)
    document = book.document(scale)
    document["milliseconds"] = round((time.monotonic() - began) * 1000)
    return document
