"""Real PostgreSQL behind the lab's RDS interface.

An instance that the interface shows is a cluster on this machine: it is created, copied, restored, replicated, promoted
and deleted for real, and clients reach it over TLS through the front, which enforces security groups and outages.
Nothing here listens beyond loopback, and nothing survives the process.

    install(context)                    before the first AWS call
    outage(region, down)                kill a region's databases; bring them back
    describe()                          what is there
    members(...)                        whom a loopback address stands for
    load_product(identifier, region)    fill an instance with the example company's data
    settle()                            wait until every state is a final one
    reset()                             forget every database
    shutdown()                          end everything
    clean(home)                         remove what a lab that was killed left behind
"""

from __future__ import annotations

import datetime
import os
from pathlib import Path
from typing import Any

from . import loading, rds
from .fleet import Fleet
from .instances import Instance
from .remains import remove_remains, remove_tree

DEFAULT_PACE_SECONDS = 0.3
_fleet: Fleet | None = None


def install(context: Any) -> None:
    """Put real databases behind moto's RDS; `context` has `home` (the lab's directory) and `account`."""
    global _fleet
    if _fleet is not None:
        raise RuntimeError("the databases of the lab are installed already")
    pace = float(os.environ.get("TRACKERA_LAB_PACE", DEFAULT_PACE_SECONDS))
    _fleet = Fleet(Path(context.home).resolve(), context.account, pace)
    rds.install(_fleet)


def fleet() -> Fleet:
    """The databases of this process; refused before `install`."""
    if _fleet is None:
        raise RuntimeError("the databases of the lab are not installed")
    return _fleet


def shutdown() -> None:
    """End every cluster, the front and the keeper; a second call does nothing."""
    global _fleet
    if _fleet is not None:
        _fleet.close()
        _fleet = None


def settle() -> None:
    """Wait until nothing is being created, copied or changed any more: an estate that is looked at stands still."""
    fleet().settle()


def reset() -> None:
    """Forget every database and every declared member, as if the lab had just started; templates stay."""
    rds.reset()
    fleet().network.forget()


def clean(home: Path) -> None:
    """Remove what a lab that is gone left in its directory: servers that run on, shared memory, all data."""
    root = Path(home).resolve() / "databases"
    if root.exists():
        remove_remains(root)
        remove_tree(root)


def outage(region: str, down: bool) -> None:
    """Kill the databases of a region without warning and cut their clients, or bring them back."""
    fleet().outage(region, down)


def describe() -> list[dict[str, Any]]:
    """Every instance with where it is reached: `{identifier, region, status, host, port, ca, ...}`."""
    return fleet().describe()


def members(declared: dict[str, dict[str, Any]] | None = None) -> dict[str, dict[str, Any]]:
    """Declare whom loopback addresses stand for, as `{"127.0.9.9": {"address": "198.51.100.7", "groups": []}}`.

    Returns all declarations.
    """
    network = fleet().network
    for source, member in (declared or {}).items():
        network.declare(source, member["address"], member.get("groups", ()))
    return {
        source: {"address": member.address, "groups": sorted(member.groups)}
        for source, member in network.declared().items()
    }


def instance(identifier: str, region: str) -> Instance:
    """The record of one instance."""
    for found in fleet().instances:
        if found.db_instance_identifier == identifier and found.region == region:
            return found
    raise LookupError(f"no database {identifier} in {region}")


def stall_archive(identifier: str, region: str, stalled: bool) -> None:
    """Make the log archiving of an instance fail, or work again; its restore window then stands still."""
    archive = instance(identifier, region).archive
    if archive is None:
        raise LookupError(f"{identifier} has no database behind it")
    archive.stall(stalled)


def prepare_product(seed: int = 7, scale: float = 1.0, as_of: datetime.date | None = None) -> None:
    """Begin to generate the product's data in the background, for a `load_product` that follows."""
    loading.prepare(fleet(), seed, scale, as_of)


def load_product(
    identifier: str, region: str, seed: int = 7, scale: float = 1.0, as_of: datetime.date | None = None
) -> None:
    """Replace the empty data of an instance by the product's; returns when the instance is available again.

    The data reaches up to `as_of`, by default today. Its roles sign in with `product.PASSWORDS`.
    """
    loading.load(fleet(), instance(identifier, region), seed, scale, as_of)
