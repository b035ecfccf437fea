"""An instance as the interface shows it, joined to the cluster and the front door that are really there."""

from __future__ import annotations

import datetime
import hashlib
import itertools
from typing import Any

from moto.rds.models import DBInstance

from trackera_lab import clock

from .archive import Archive
from .authority import CA_IDENTIFIER
from .cluster import Cluster
from .copies import Copy
from .front import Door

NO_DATABASE_TAG = ("lab:database", "none")
UNREAL_LAG = datetime.timedelta(minutes=5)
RUNNING_STATES = frozenset(
    {
        "available",
        "backing-up",
        "modifying",
        "renaming",
        "resetting-master-credentials",
        "storage-optimization",
        "configuring-log-exports",
        "rebooting",
        "deleting",
    }
)
DELETABLE_STATES = frozenset({"available", "stopped", "failed", "storage-full"})
_numbers = itertools.count(1)


class Instance(DBInstance):
    """moto's instance with what moto leaves out: an address, pending changes, a restore window, a cluster."""

    def __init__(self, backend: Any, **kwargs: Any) -> None:
        usual = default_option_group(kwargs)
        if kwargs.get("option_group_name") == usual:
            del kwargs["option_group_name"]
        super().__init__(backend, **kwargs)
        if usual is not None and not kwargs.get("option_group_name"):
            self.option_group_name = usual
        self.cluster: Cluster | None = None
        self.door: Door | None = None
        self.front_address = ""
        self.forgotten = False
        self.seen_available = False
        self.awaits_reboot = False
        self.pending: dict[str, Any] = {}
        self.bases: list[Copy] = []
        self.dbi_resource_id = resource_id(self.region, self.db_instance_identifier)
        self.certificate_valid_till: datetime.datetime | None = None
        self.automatic_restart_time: datetime.datetime | None = None
        self.source: Instance | None = None
        self.followers: list[Instance] = []
        if self.ca_certificate_identifier == "rds-ca-default":
            self.ca_certificate_identifier = CA_IDENTIFIER

    @property
    def wants_database(self) -> bool:
        """Whether a real cluster belongs behind it."""
        declined = any((tag["Key"], tag["Value"]) == NO_DATABASE_TAG for tag in self.tags)
        return self.engine == "postgres" and self.db_cluster_identifier is None and not declined

    @property
    def address(self) -> str:
        """The loopback address that stands for the endpoint."""
        return self.front_address

    @property
    def endpoint(self) -> dict[str, Any] | None:
        """Where clients connect; nothing before the instance was available for the first time."""
        if not self.seen_available and self.status == "creating":
            return None
        return {"Address": self.address, "Port": self.port}

    @property
    def read_replica_source_db_instance_identifier(self) -> str | None:
        """The source: by name in the same region, by ARN from another."""
        if self.source is None:
            return None
        return self.source.name_for(self.region)

    @property
    def read_replica_db_instance_identifiers(self) -> list[str]:
        """The replicas, named likewise."""
        return [follower.name_for(self.region) for follower in self.followers]

    def name_for(self, region: str) -> str:
        """How an instance of `region` names this one."""
        return self.db_instance_identifier if region == self.region else self.db_instance_arn

    @property
    def status_infos(self) -> list[dict[str, Any]]:
        """Whether a replica replicates."""
        if self.source is None:
            return []
        well = self.source.is_running() and self.is_running()
        info = {"StatusType": "read replication", "Normal": well, "Status": "replicating" if well else "error"}
        if not well:
            info["Message"] = "Streaming replication has stopped: the source cannot be reached."
        return [info]

    @property
    def pending_modified_values(self) -> dict[str, Any]:
        """What a modification has promised for the next maintenance window or reboot."""
        shown = dict(self.pending)
        if "MasterUserPassword" in shown:
            shown["MasterUserPassword"] = "****"
        return shown

    @property
    def certificate_details(self) -> dict[str, Any]:
        """The server certificate in use."""
        return {"CAIdentifier": self.ca_certificate_identifier, "ValidTill": self.certificate_valid_till}

    @property
    def archive(self) -> Archive | None:
        """The log archive, where there is one."""
        return self.cluster.archive if self.cluster is not None else None

    def is_running(self) -> bool:
        """Whether its server is there now; an instance without one follows its state."""
        if self.cluster is None:
            return self.status in RUNNING_STATES
        return self.status in RUNNING_STATES and self.cluster.running()

    def earliest_restorable_time(self) -> datetime.datetime | None:
        """The oldest moment a restore can reach."""
        if not self.backup_retention_period:
            return None
        if self.cluster is None:
            oldest = clock.naive() - datetime.timedelta(days=int(self.backup_retention_period))
            return max(oldest, self.instance_create_time)
        return min((whole_second(base.ended) for base in list(self.bases)), default=None)

    @property
    def latest_restorable_time(self) -> datetime.datetime | None:
        """The newest moment a restore can reach; nothing without automated backups."""
        earliest = self.earliest_restorable_time()
        if earliest is None:
            return None
        if self.archive is None:
            return max(clock.naive() - UNREAL_LAG, earliest).replace(microsecond=0)
        # A deletion may take the archive and the bases away while this is being answered.
        archive, bases = self.archive, [whole_second(base.ended) for base in list(self.bases)]
        if archive is None or not bases:
            return None
        latest = archive.latest(self.is_running())
        return max(bases) if latest is None else max(latest, *bases)


def default_option_group(arguments: dict[str, Any]) -> str | None:
    """The option group that exists without being made: PostgreSQL has one for each major version."""
    if arguments.get("engine") != "postgres":
        return None
    return f"default:postgres-{str(arguments.get('engine_version')).partition('.')[0]}"


def whole_second(moment: datetime.datetime) -> datetime.datetime:
    """The first whole second that is not before the moment: the interface speaks in whole seconds."""
    floor = moment.replace(microsecond=0)
    return floor if floor == moment else floor + datetime.timedelta(seconds=1)


def resource_id(region: str, identifier: str) -> str:
    """An identifier that no other instance of this process has, in the form that AWS gives."""
    text = f"{region}/{identifier}/{next(_numbers)}"
    return "db-" + hashlib.sha256(text.encode()).hexdigest()[:26].upper()
