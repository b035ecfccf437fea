"""Security groups of every shape that has ever fooled a checker, each on a network interface of its own.

Two sides are declared for each shape: whether it opens TCP 22, and whether it opens anything but the web's two ports;
the second also for IPv4 alone, which is all that a public IPv4 address is reached by.
"""

from __future__ import annotations

import dataclasses
from typing import Any

from trackera_lab.context import ACCOUNT
from trackera_lab.truth.book import REGIONS, Book
from trackera_lab.truth.group_shapes import SHAPES, Shape

_BLOCKS = {region: f"10.{80 + number}.0.0/16" for number, region in enumerate(REGIONS)}
_SUBNETS = 4
_PUBLIC_SHARE = 0.2
_UNATTACHED_SHARE = 0.05
_MOST_DEFAULTS = 24


@dataclasses.dataclass
class Ground:
    """A region's network for the groups, and what their rules name."""

    backend: Any
    vpc: Any
    subnets: list[Any]
    names: dict[str, str]


def make(book: Book, count: int) -> None:
    """Make half as many groups as resources are wanted; the other half are their interfaces."""
    grounds = {region: _prepare(region) for region in REGIONS}
    networks = min(max(count // 100, 2), _MOST_DEFAULTS)
    for number in range(networks):
        _make_default(book, grounds[book.region()], number)
    for number, shape in enumerate(book.draw(SHAPES, (count - networks) // 2)):
        _make_one(book, grounds[book.region()], number, shape)


def finish(book: Book) -> None:
    """Tell the truth about the groups that other things needed, which nothing is attached to."""
    from moto.ec2.models import ec2_backends

    for region in REGIONS:
        told = book.told("default-group-is-empty")
        for of_network in list(ec2_backends[ACCOUNT][region].groups.values()):
            for group in of_network.values():
                if group.id not in told:
                    _finish_one(book, region, group)


def _finish_one(book: Book, region: str, group: Any) -> None:
    is_default = group.name == "default"
    if is_default:
        group.ingress_rules, group.egress_rules = [], []
    shape = "default group without rules" if is_default else "made for others"
    book.add("aws.ec2.security_group")
    book.say("default-group-is-empty", region, group.id, True if is_default else None, shape)
    for question in ("group-opens-ssh", "group-opens-only-the-web"):
        if group.id not in book.told(question):
            book.say(question, region, group.id, None, shape)


def _prepare(region: str) -> Ground:
    from moto.ec2.models import ec2_backends

    backend = ec2_backends[ACCOUNT][region]
    vpc = backend.create_vpc(_BLOCKS[region])
    gateway = backend.create_internet_gateway()
    backend.attach_internet_gateway(gateway.id, vpc.id)
    table = backend.create_route_table(vpc.id)
    backend.create_route(table.id, "0.0.0.0/0", gateway_id=gateway.id)
    subnets = []
    for number in range(_SUBNETS):
        prefix = _BLOCKS[region].removesuffix("0.0/16")
        cidr = f"{prefix}{number * 64}.0/18"
        subnets.append(backend.create_subnet(vpc.id, cidr, availability_zone=f"{region}{'ab'[number % 2]}"))
        backend.associate_route_table(table.id, subnets[-1].id)
    names = {
        "list:everybody": _make_list(backend, "everybody", "0.0.0.0/0"),
        "list:halves": _make_list(backend, "halves", "0.0.0.0/1", "128.0.0.0/1"),
        "list:offices": _make_list(backend, "offices", "10.1.0.0/16", "203.0.113.0/28"),
    }
    opened = backend.create_security_group("truth-open", "Open on purpose", vpc.id, force=True)
    _authorize(backend, opened.id, ("tcp", 443, 443, ("0.0.0.0/0",)), names)
    names["group:open"] = opened.id
    return Ground(backend, vpc, subnets, names)


def _make_list(backend: Any, name: str, *cidrs: str) -> str:
    entries = [{"Cidr": cidr} for cidr in cidrs]
    made = backend.create_managed_prefix_list(
        address_family="IPv4", entry=entries, max_entries="10", prefix_list_name=name, tags={}
    )
    return str(made.id)


def _make_default(book: Book, ground: Ground, number: int) -> None:
    """A network of its own, for the sake of its default group."""
    backend = ground.backend
    vpc = backend.create_vpc(f"10.{100 + number}.0.0/16")
    default = backend.get_default_security_group(vpc.id)
    kept = number % 3
    # AWS gives a default group one rule in and one out; the first network keeps both, the second the one out.
    default.ingress_rules = [] if kept else default.ingress_rules
    if not kept:
        _authorize(backend, default.id, ("-1", None, None, (f"10.{100 + number}.0.0/16",)), ground.names)
    if kept == 2:
        default.egress_rules = []
    book.add("aws.ec2.security_group")
    shape = ("default group with rules", "default group with a rule out", "default group without rules")[kept]
    book.say("default-group-is-empty", backend.region_name, default.id, kept == 2, shape)
    for question in ("group-opens-ssh", "group-opens-only-the-web"):
        book.say(question, backend.region_name, default.id, None, shape)


def _make_one(book: Book, ground: Ground, number: int, shape: Shape) -> None:
    backend, region = ground.backend, ground.backend.region_name
    group = backend.create_security_group(f"truth-{number}", shape.name, ground.vpc.id, force=True).id
    for rule in shape.rules:
        _authorize(backend, group, rule, ground.names)
    book.add("aws.ec2.security_group")
    book.say("default-group-is-empty", region, group, None, shape.name)
    attached = book.dice.random() >= _UNATTACHED_SHARE
    book.say("group-opens-ssh", region, group, not shape.ssh if attached else None, shape.name)
    book.say("group-opens-only-the-web", region, group, not shape.opens if attached else None, shape.name)
    if attached:
        _attach(book, ground, number, group, shape)


def _attach(book: Book, ground: Ground, number: int, group: str, shape: Shape) -> None:
    backend = ground.backend
    subnet = ground.subnets[number % _SUBNETS]
    interface = backend.create_network_interface(
        subnet, None, group_ids=[group], description=shape.name, delete_on_termination=False
    )
    public = book.dice.random() < _PUBLIC_SHARE
    if public:
        address = backend.allocate_address("vpc", f"52.{30 + number // 65536}.{number // 256 % 256}.{number % 256}")
        backend.associate_address(eni=interface, allocation_id=address.allocation_id)
    book.add("aws.ec2.network_interface")
    reachable = not shape.opens_v4 if public else None
    book.say("interface-exposes-only-the-web", backend.region_name, interface.id, reachable, shape.name)


def _authorize(backend: Any, group: str, rule: tuple[Any, ...], names: dict[str, str]) -> None:
    protocol, first, last, sources = rule
    ranges: list[dict[str, str]] = []
    groups: list[dict[str, str]] = []
    lists: list[dict[str, str]] = []
    for source in sources:
        if source.startswith("group:"):
            groups.append({"GroupId": names[source]})
        elif source.startswith("list:"):
            lists.append({"PrefixListId": names[source]})
        else:
            ranges.append({"CidrIpv6" if ":" in source else "CidrIp": source})
    backend.authorize_security_group_ingress(
        group, protocol, first, last, ranges, source_groups=groups, prefix_list_ids=lists
    )
