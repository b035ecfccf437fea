"""All that runs behind the RDS interface of one lab, and what happens to it as a whole.

The interface modules decide what AWS would allow; this one knows what exists. One lock guards the records; nothing slow
is ever done while holding it.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from .authority import Authority
from .cluster import Cluster
from .copies import Copies
from .endpoints import Endpoints
from .front import Door, Front
from .instances import RUNNING_STATES, Instance
from .network import Network
from .site import Site
from .templates import Templates
from .work import Work

_log = logging.getLogger(__name__)
CERTIFICATE_FILE = "ca.pem"


class Fleet:
    """The databases of one lab."""

    def __init__(self, home: Path, account: str, pace: float) -> None:
        self.certificate_file = home / CERTIFICATE_FILE
        """What a client of the databases trusts."""
        root = home / "databases"
        self.lock = threading.RLock()
        self.authority = Authority()
        self.site = Site.open(root)
        self.site.account.write(self.certificate_file, self.authority.certificate, mode=0o644)
        self.templates = Templates(self.site)
        self.copies = Copies(self.site)
        self.endpoints = Endpoints(str(root))
        self.network = Network(account)
        self.front = Front()
        self.work = Work(pace, self.lock)
        self.instances: set[Instance] = set()

    # One instance

    def admit(self, instance: Instance) -> None:
        """Give a new instance its address, its door and, if it wants one, an empty place for a cluster."""
        instance.front_address = self.endpoints.allocate(instance.port)
        instance.certificate_valid_till = self.authority.valid_until
        if instance.wants_database:
            name = instance.dbi_resource_id.removeprefix("db-").lower()
            instance.cluster = Cluster(self.site, instance.region, name)
            instance.door = Door(
                region=instance.region,
                address=instance.front_address,
                port=instance.port,
                target=lambda: self._target(instance),
                admits=lambda source: self.network.admits(source, instance),
            )
        with self.lock:
            self.instances.add(instance)

    def _target(self, instance: Instance) -> int | None:
        return instance.cluster.port if instance.cluster is not None and instance.is_running() else None

    def open_door(self, instance: Instance) -> None:
        """Let clients reach the instance's address, unless its region is dark."""
        if instance.door is not None and not self.work.is_down(instance.region):
            self.front.open(instance.door)

    def shut_door(self, instance: Instance) -> None:
        """Stop listening on the instance's address and cut who is connected."""
        if instance.door is not None:
            self.front.shut(instance.door)

    def dismiss(self, instance: Instance, keep_archive: bool = False) -> None:
        """Remove everything behind an instance; a retained backup needs the archive and the bases."""
        with self.lock:
            self.instances.discard(instance)
        self.shut_door(instance)
        self.endpoints.free(instance.front_address)
        if instance.cluster is None:
            return
        if keep_archive:
            instance.cluster.retire()
            return
        instance.cluster.remove()
        self.forget_bases(instance)

    def forget_bases(self, instance: Instance) -> None:
        """Give up the copies that restores to a point in time start from."""
        for base in instance.bases:
            base.release()
        instance.bases.clear()

    # A region

    def outage(self, region: str, down: bool) -> None:
        """Kill every database of a region without warning, or bring back those that ran."""
        here = [instance for instance in list(self.instances) if instance.region == region]
        if down:
            self.work.set_down(region, True)
            self._all(self._go_dark, here)
        else:
            # Servers first: the work that the outage interrupted may need them.
            self._all(self._come_back, here)
            self.work.set_down(region, False)
            self._all(self.open_door, [instance for instance in here if instance.seen_available])

    @staticmethod
    def _all(act: Callable[[Instance], None], instances: list[Instance]) -> None:
        with ThreadPoolExecutor(max_workers=4) as pool:
            list(pool.map(act, instances))

    def _go_dark(self, instance: Instance) -> None:
        self.shut_door(instance)
        if instance.cluster is not None:
            instance.cluster.kill()

    def _come_back(self, instance: Instance) -> None:
        cluster = instance.cluster
        if cluster is None or instance.status not in RUNNING_STATES - {"deleting"} or cluster.running():
            return
        try:
            cluster.start()
            self.reconnect(instance)
        except Exception:
            _log.exception("the database %s did not come back", instance.db_instance_identifier)
            if not self.work.is_busy(instance):
                instance.status = "failed"

    def reconnect(self, instance: Instance) -> None:
        """After a start: point followers at the server and drop what it keeps for followers that left."""
        source = instance.cluster
        if source is None:
            return
        wanted = {slot_name(follower) for follower in instance.followers}
        idle = source.try_sql("SELECT slot_name FROM pg_replication_slots WHERE NOT active") or ""
        for slot in idle.split():
            if slot not in wanted:
                source.try_sql(f"SELECT pg_drop_replication_slot('{slot}')")
        for follower in instance.followers:
            if follower.cluster is not None and follower.cluster.recovery.primary is not None:
                follower.cluster.point_to(source)

    # The whole

    def clear(self, region: str) -> None:
        """Forget every instance of a region, as if it had never been."""
        gone = [instance for instance in list(self.instances) if instance.region == region]
        for instance in gone:
            instance.forgotten = True
            if instance.cluster is not None:
                instance.cluster.kill()
        for instance in gone:
            self.work.wait(instance)
            self.dismiss(instance)

    def settle(self) -> None:
        """Wait until nothing is under way any more."""
        self.work.wait_for_all()

    def close(self) -> None:
        """End all servers and remove their data."""
        for instance in list(self.instances):
            instance.forgotten = True
            self.shut_door(instance)
        self.front.close()
        self.site.close()

    def describe(self) -> list[dict[str, Any]]:
        """What is there, for people who look."""
        with self.lock:
            known = sorted(self.instances, key=lambda instance: (instance.region, instance.db_instance_identifier))
        return [
            {
                "identifier": instance.db_instance_identifier,
                "region": instance.region,
                "status": instance.status,
                "host": instance.front_address,
                "port": instance.port,
                "database": instance.db_name,
                "user": instance.master_username,
                "ca": str(self.certificate_file),
                "running": instance.cluster is not None and instance.is_running(),
                "real": instance.cluster is not None,
            }
            for instance in known
        ]


def slot_name(follower: Instance) -> str:
    """The replication slot that a source keeps for a follower."""
    return "rds_" + follower.dbi_resource_id.removeprefix("db-").lower()
