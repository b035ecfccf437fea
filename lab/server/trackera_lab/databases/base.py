"""What the three parts of the interface share: the lab they act on, the lock, and the usual look-ups."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any, TypeVar

from moto.rds.exceptions import DBInstanceNotFoundError
from moto.rds.models import RDSBackend

from . import errors
from .fleet import Fleet
from .instances import Instance
from .snapshots import AutomatedBackup, Snapshot
from .work import Stage

Answer = TypeVar("Answer")


def exclusive(call: Callable[..., Answer]) -> Callable[..., Answer]:
    """One interface call at a time changes records; none of them waits for a database while it does."""

    @functools.wraps(call)
    def guarded(self: Base, *arguments: Any, **named: Any) -> Answer:
        with self.fleet.lock:
            return call(self, *arguments, **named)

    return guarded


class Base(RDSBackend):
    """moto's backend of one region, knowing the lab's fleet."""

    fleet: Fleet

    def instance(self, identifier: str) -> Instance:
        """The instance of that name in this region."""
        found = self.databases.get(identifier or "")
        if found is None:
            raise DBInstanceNotFoundError(identifier)
        return found

    def available_instance(self, identifier: str) -> Instance:
        """The same, refused while it does anything else."""
        found = self.instance(identifier)
        if found.status != "available":
            raise errors.instance_not_available(found.db_instance_identifier, found.status)
        return found

    def find_anywhere(self, name: str) -> Instance:
        """An instance by name in this region or by ARN in any."""
        if not name.startswith("arn:"):
            return self.instance(name)
        region, identifier = name.split(":")[3], name.split(":")[6]
        return self.get_backend("rds", region).instance(identifier)

    def snapshot(self, name: str) -> Snapshot:
        """A snapshot by name in this region or by ARN in any."""
        region, identifier = self.region_name, name
        if name.startswith("arn:"):
            region, identifier = name.split(":")[3], name.split(":", 6)[6]
        found = self.get_backend("rds", region).database_snapshots.get(identifier)
        if found is None:
            raise errors.snapshot_not_found(name)
        return found

    def is_clustered(self, arguments: Any) -> bool:
        """Whether the call is about an Aurora cluster, which the lab leaves to moto."""
        return arguments.get("db_cluster_identifier") is not None

    def backing_up(self, instance: Instance) -> list[Stage]:
        """The states in which AWS makes the first automated backup."""
        raise NotImplementedError

    def automated_backups(self) -> list[AutomatedBackup]:
        """The automated backups of living instances and those that were retained."""
        raise NotImplementedError
