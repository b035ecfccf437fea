"""Who may connect to an instance: the lab's reading of VPC addresses and security groups.

Every client is on this machine, so its loopback address stands for the member that it plays:

- `127.0.0.1` plays the administrator, by default 10.0.0.10, an address inside the VPC;
- a declared member (`declare`) plays the address and the groups it was declared with;
- any other `127.0.x.y` plays the network interface of the instance's VPC whose private address ends in x.y.

Whoever plays nobody is outside. No matching rule means no connection, as on AWS; and a client from the Internet needs
an instance that is publicly accessible as well. Connections that exist are not cut when a rule goes: AWS tracks them.
"""

from __future__ import annotations

import ipaddress
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from moto.ec2.models import ec2_backends

ADMINISTRATOR = "127.0.0.1"
DEFAULT_ADMINISTRATOR_ADDRESS = "10.0.0.10"
MEMBERS = ipaddress.ip_network("127.0.0.0/16")


@dataclass(frozen=True)
class Member:
    """What a client plays: its address in the estate and the security groups of its network interface."""

    address: str
    groups: frozenset[str] = frozenset()


class Network:
    """The members of one lab."""

    def __init__(self, account: str) -> None:
        self._account = account
        self._lock = threading.Lock()
        self._declared: dict[str, Member] = {}
        self.forget()

    def declare(self, source: str, address: str, groups: Iterable[str] = ()) -> None:
        """Let clients from the loopback address `source` play `address` with these groups."""
        if ipaddress.ip_address(source) not in MEMBERS:
            raise ValueError(f"`{source}` cannot stand for a member: use an address in {MEMBERS}")
        ipaddress.ip_address(address)
        with self._lock:
            self._declared[source] = Member(address, frozenset(groups))

    def forget(self) -> None:
        """Forget every declaration but the administrator's."""
        with self._lock:
            self._declared = {ADMINISTRATOR: Member(DEFAULT_ADMINISTRATOR_ADDRESS)}

    def declared(self) -> dict[str, Member]:
        """Who was declared, by loopback address."""
        with self._lock:
            return dict(self._declared)

    def admits(self, source: str, instance: Any) -> bool:
        """Whether the security groups of `instance` let a client from `source` in."""
        member = self.declared().get(source) or self._interface(source, instance)
        if member is None:
            return False
        address = ipaddress.ip_address(member.address)
        if address.is_global and not instance.publicly_accessible:
            return False
        backend = ec2_backends[self._account][instance.region]
        groups = [backend.get_security_group_from_id(group) for group in instance.vpc_security_group_ids]
        rules = [rule for group in groups if group is not None for rule in list(group.ingress_rules)]
        return any(covers(backend, rule, instance.port, member) for rule in rules)

    def _interface(self, source: str, instance: Any) -> Member | None:
        """The network interface that an undeclared `127.0.x.y` stands for."""
        if ipaddress.ip_address(source) not in MEMBERS:
            return None
        ending = "." + ".".join(source.split(".")[2:])
        backend = ec2_backends[self._account][instance.region]
        vpc = vpc_of(instance)
        for interface in list(backend.enis.values()):
            address = interface.private_ip_address or ""
            if address.endswith(ending) and vpc in (None, interface.subnet.vpc_id):
                return Member(address, frozenset(group.id for group in interface.group_set))
        return None


def vpc_of(instance: Any) -> str | None:
    """The VPC of an instance, by its subnet group or else by its first security group."""
    group = getattr(instance, "db_subnet_group", None)
    if group is not None:
        return str(group.vpc_id)
    backend = ec2_backends[instance.account_id][instance.region]
    for name in instance.vpc_security_group_ids:
        found = backend.get_security_group_from_id(name)
        if found is not None:
            return found.vpc_id
    return None


def covers(backend: Any, rule: Any, port: int, member: Member) -> bool:
    """Whether one ingress rule lets the member reach the port."""
    if rule.ip_protocol not in ("tcp", "-1"):
        return False
    if rule.ip_protocol == "tcp" and not rule.from_port <= port <= rule.to_port:
        return False
    if rule.source_group and rule.source_group.get("GroupId") in member.groups:
        return True
    return any(contains(block, member.address) for block in blocks(backend, rule))


def blocks(backend: Any, rule: Any) -> list[str]:
    """The address blocks that a rule names, itself or through a prefix list."""
    named = [block for block in (rule.ip_range.get("CidrIp"), rule.ip_range.get("CidrIpv6")) if block]
    if rule.prefix_list_id:
        found = backend.get_managed_prefix_list_entries(rule.prefix_list_id)
        if found is not None:
            named += [entry["Cidr"] for entry in found.entries.get(found.version) or []]
    return named


def contains(block: str, address: str) -> bool:
    """Whether the address lies in the block; a block of the other family contains nothing."""
    network = ipaddress.ip_network(block, strict=False)
    candidate = ipaddress.ip_address(address)
    return candidate.version == network.version and candidate in network
