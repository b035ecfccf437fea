"""Puts the lab's databases behind moto's RDS service.

moto's registry of backends is told to make ours instead of its own; everything that is not overridden (parameter
groups, event subscriptions, Aurora's interface) stays moto's. This must happen before the first RDS call.
"""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.rds import urls
from moto.rds.models import rds_backends
from moto.rds.responses import RDSResponse

from .changes import Changes
from .fleet import Fleet


class Rds(Changes):
    """The RDS backend of one region of the lab."""

    @property
    def _url_module(self) -> Any:
        return urls

    def reset(self) -> None:
        """Forget everything in this region, the clusters included."""
        for snapshot in list(self.database_snapshots.values()):
            if hasattr(snapshot, "release"):
                snapshot.release()
        for backup in list(self.retained.values()):
            self.end_backups(backup.instance)
        self.fleet.clear(self.region_name)
        super().reset()


def install(fleet: Fleet) -> None:
    """Make every RDS backend from now on one of ours."""
    Rds.fleet = fleet
    rds_backends.backend = Rds
    rds_backends.clear()
    RDSResponse.delete_db_instance_automated_backup = delete_db_instance_automated_backup


def reset() -> None:
    """Empty every region."""
    for regions in list(rds_backends.values()):
        for backend in list(regions.values()):
            backend.reset()


def delete_db_instance_automated_backup(self: RDSResponse) -> ActionResult:
    """The operation that moto lacks."""
    backup = self.backend.delete_db_instance_automated_backup(**self.params)
    return ActionResult({"DBInstanceAutomatedBackup": backup})
