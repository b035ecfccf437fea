"""The example company as it should be: every rule that it declares holds.

The order of the steps is that of their needs. The database is asked for early, because a real one comes up behind it
meanwhile. One thread does it all: client and server share one process, and more threads only make it slower.
"""

from __future__ import annotations

import dataclasses

from trackera_lab.context import PRIMARY_REGION, RECOVERY_REGION
from trackera_lab.estate import (
    database,
    encryption,
    messages,
    names,
    network,
    people,
    regions,
    servers,
    services,
    storage,
    vaults,
    watching,
)
from trackera_lab.estate.clients import Clients
from trackera_lab.estate.encryption import Keys
from trackera_lab.estate.network import Network
from trackera_lab.estate.servers import Servers


@dataclasses.dataclass
class Company:
    """The company's estate: what later steps need to find their way in it."""

    clients: Clients
    regions: list[str]
    keys: Keys
    networks: dict[str, Network]
    servers: Servers
    access_keys: dict[str, people.AccessKey]

    @property
    def primary(self) -> Network:
        """The network that the company runs in."""
        return self.networks[PRIMARY_REGION]


def build(clients: Clients) -> Company:
    """Fill an empty account with the company."""
    database.prepare_product()
    keys = encryption.make(clients)
    networks = {region: network.make(clients, region) for region in (PRIMARY_REGION, RECOVERY_REGION)}
    primary = networks[PRIMARY_REGION]
    for made in networks.values():
        database.prepare_region(clients, made)
    database.begin(clients, primary, keys)
    access_keys = people.make(clients)
    storage.make(clients, keys)
    fleet = servers.make(clients, primary, keys, services.make_certificate(clients))
    services.make(clients, keys, fleet.address)
    watching.make(clients, keys, list(networks.values()))
    messages.make(clients, keys)
    vaults.make(clients, keys)
    vaults.fill({names.arn("rds", f"db:{names.DATABASE}", PRIMARY_REGION): "RDS"})
    people.name_security_contact(clients)
    enabled = regions.enabled(clients)
    for region in enabled:
        key = keys.arn(names.DATA_KEY, region) if region in networks else None
        regions.harden(clients, region, key)
    database.finish(clients, keys)
    return Company(clients, enabled, keys, networks, fleet, access_keys)
