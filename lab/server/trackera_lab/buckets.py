"""Where a bucket lives: names of buckets are global, their regions are not."""

from __future__ import annotations

from trackera_lab.context import ACCOUNT


def region_of(name: str) -> str | None:
    """The region of an existing bucket."""
    from moto.s3.models import s3_backends

    bucket = s3_backends[ACCOUNT]["aws"].buckets.get(name)
    return bucket.region_name if bucket else None
