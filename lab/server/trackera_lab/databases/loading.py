"""Fills an instance with the product's data.

The data is generated once into a template; an instance gets a copy of the template's files, which takes a second where
generating takes several. The first call for a seed pays, and `prepare` lets it pay in the background.
"""

from __future__ import annotations

import datetime
import os
import threading
import time
import uuid
from pathlib import Path

from trackera_lab import product

from .cluster import Cluster
from .fleet import Fleet
from .instances import Instance
from .lifecycle import set_up, start
from .work import Stage

WAIT_SECONDS = 120
BUILD_SETTINGS = {
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "archive_mode": "off",
    "shared_buffers": "128MB",
    "work_mem": "64MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "wal_recycle": "off",
    "autovacuum": "off",
}
ADOPT = """
ALTER DATABASE :"first" OWNER TO :"master";
GRANT CONNECT, TEMPORARY, CREATE ON DATABASE :"first" TO :"master";
GRANT :"owner" TO :"master";
"""


def prepare(fleet: Fleet, seed: int, scale: float, as_of: datetime.date | None) -> None:
    """Begin to build the template in the background."""
    thread = threading.Thread(target=template, args=(fleet, seed, scale, as_of or today()), name="product", daemon=True)
    thread.start()


def template(fleet: Fleet, seed: int, scale: float, as_of: datetime.date) -> Path:
    """The template with the product's data; built on first use."""
    name = f"product-{fleet.site.major}-{product.digest(seed, scale, as_of)}"
    return fleet.templates.get(name, lambda directory: build(fleet, directory, seed, scale, as_of))


def build(fleet: Fleet, directory: Path, seed: int, scale: float, as_of: datetime.date) -> None:
    """Generate the data in a cluster of its own and keep the cluster's files."""
    cluster = Cluster(fleet.site, "templates", uuid.uuid4().hex)
    try:
        cluster.create(fleet.templates.empty(), fleet.authority.issue("127.0.0.1", []))
        cluster.overrides = BUILD_SETTINGS
        cluster.start()
        cluster.sql(product.ROLES)
        cluster.sql(product.script(), product.DATABASE, seed=str(seed), scale=str(scale), as_of=as_of.isoformat())
        cluster.sql(product.finish(), product.DATABASE)
        cluster.stop()
        os.replace(cluster.data, directory)
    finally:
        cluster.remove()


def load(fleet: Fleet, instance: Instance, seed: int, scale: float, as_of: datetime.date | None) -> None:
    """Exchange the instance's empty data for the product's, and wait until it is available again."""
    if instance.cluster is None:
        raise LookupError(f"{instance.db_instance_identifier} has no database behind it")
    source = template(fleet, seed, scale, as_of or today())
    backend = instance.backend
    with available(fleet, instance):
        stages = [Stage("modifying", lambda: exchange(fleet, instance, source))]
        if instance.backup_retention_period:
            backend.end_backups(instance)
            stages += backend.backing_up(instance)
        fleet.work.begin(instance, stages, "available")
    fleet.work.wait(instance, WAIT_SECONDS)
    if instance.status != "available":
        raise RuntimeError(
            f"the product's data could not be loaded: {instance.db_instance_identifier} is {instance.status}"
        )


def available(fleet: Fleet, instance: Instance) -> threading.RLock:
    """The fleet's lock, once the instance is available under it."""
    deadline = time.monotonic() + WAIT_SECONDS
    while instance.status != "available":
        if instance.status == "failed" or time.monotonic() > deadline:
            raise RuntimeError(f"{instance.db_instance_identifier} does not become available: it is {instance.status}")
        fleet.work.wait(instance, 1)
        time.sleep(0.01)
    return fleet.lock


def exchange(fleet: Fleet, instance: Instance, source: Path) -> None:
    """Swap the files of the stopped cluster, then make the master user at home in them."""
    cluster = instance.cluster
    if cluster is None:
        return
    if instance.door is not None:
        fleet.front.cut(instance.door)
    cluster.stop()
    cluster.replace_data(source)
    start(instance, cluster)
    first = instance.db_name or product.DATABASE
    master = instance.master_username or "postgres"
    if not cluster.sql("SELECT 1 FROM pg_database WHERE datname = :'first'", first=first):
        cluster.sql(
            "SELECT format('ALTER DATABASE %I RENAME TO %I', :'made', :'first') \\gexec",
            made=product.DATABASE,
            first=first,
        )
    set_up(instance)
    cluster.sql(ADOPT, master=master, first=first, owner=product.OWNER)


def today() -> datetime.date:
    """The day the data reaches up to, unless it is named."""
    return datetime.datetime.now(datetime.UTC).date()
