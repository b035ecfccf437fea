"""The shapes of security groups, each with what is true of it. Pure data.

A rule is a protocol, its two ports, and its sources: ranges, a prefix list or another group. What is open counts over
all rules together: two halves of the Internet are the Internet, however they are written.
"""

from __future__ import annotations

import dataclasses

Rule = tuple[str, int | None, int | None, tuple[str, ...]]
_ALL_V4, _ALL_V6 = "0.0.0.0/0", "::/0"
_HALVES = ("0.0.0.0/1", "128.0.0.0/1")
_EIGHTHS = tuple(f"{first}.0.0.0/8" for first in range(11, 61))
"""Fifty blocks that together are a fifth of the Internet."""
_PARTNERS = tuple(f"8.8.{third}.0/24" for third in range(20))
"""Twenty networks of partners: 5,120 addresses."""


@dataclasses.dataclass(frozen=True)
class Shape:
    """One shape. `opens` is about anything but TCP 80 and 443; `opens_v4` about IPv4 alone."""

    name: str
    rules: tuple[Rule, ...]
    ssh: bool
    opens: bool
    opens_v4: bool


def _ssh(name: str, *sources: str, v4: bool = True) -> Shape:
    """A shape whose one rule opens TCP 22."""
    return Shape(name, (("tcp", 22, 22, sources),), ssh=True, opens=True, opens_v4=v4)


def _shut(name: str, *rules: Rule) -> Shape:
    """A shape that opens nothing but the web's ports, if anything at all."""
    return Shape(name, rules, ssh=False, opens=False, opens_v4=False)


def _open(name: str, *rules: Rule, ssh: bool, v4: bool = True) -> Shape:
    return Shape(name, rules, ssh=ssh, opens=True, opens_v4=v4)


SHAPES = (
    _ssh("22 from every IPv4 address", _ALL_V4),
    _ssh("22 from every IPv6 address", _ALL_V6, v4=False),
    _ssh("22 from two halves in one rule", *_HALVES),
    _ssh("22 from two halves of IPv6", "::/1", "8000::/1", v4=False),
    _ssh("22 from all of global IPv6", "2000::/3", v4=False),
    _ssh("22 from half of the Internet", _HALVES[0]),
    _ssh("22 from fifty blocks", *_EIGHTHS),
    _ssh("22 from a prefix list of everybody", "list:everybody"),
    _ssh("22 from a prefix list of two halves", "list:halves"),
    _open("ports 20 to 30", ("tcp", 20, 30, (_ALL_V4,)), ssh=True),
    _open("all ports from 0", ("tcp", 0, 65535, (_ALL_V4,)), ssh=True),
    _open("all ports from 1", ("tcp", 1, 65535, (_ALL_V4,)), ssh=True),
    _open("every protocol", ("-1", None, None, (_ALL_V4,)), ssh=True),
    _open("every protocol in two halves", ("-1", None, None, _HALVES), ssh=True),
    _open(
        "two halves in two rules", ("tcp", 22, 22, (_HALVES[0],)), ("tcp", 20, 25, (_HALVES[1],)), ssh=True
    ),
    _open("half by protocol, half by all", ("tcp", 22, 22, (_HALVES[0],)), ("-1", None, None, (_HALVES[1],)), ssh=True),
    _open("protocol 6 by number", ("6", 22, 22, (_ALL_V4,)), ssh=True),
    _open("22 of UDP", ("udp", 22, 22, (_ALL_V4,)), ssh=False),
    _open("protocol 47", ("47", None, None, (_ALL_V4,)), ssh=False),
    _open("echo requests", ("icmp", 8, -1, (_ALL_V4,)), ssh=False),
    _open("ICMP type 3 code 22", ("icmp", 3, 22, (_ALL_V4,)), ssh=False),
    _open("all but 22", ("tcp", 0, 21, (_ALL_V4,)), ("tcp", 23, 65535, (_ALL_V4,)), ssh=False),
    _open("a port too many beside the web's", ("tcp", 442, 443, (_ALL_V4,)), ssh=False),
    _open("databases of IPv6", ("tcp", 5432, 5432, (_ALL_V6,)), ssh=False, v4=False),
    _shut("the web", ("tcp", 80, 80, (_ALL_V4, _ALL_V6)), ("tcp", 443, 443, (_ALL_V4, _ALL_V6))),
    _shut("the web in two halves", ("tcp", 443, 443, _HALVES)),
    _shut("no rule"),
    _shut("22 from a private network", ("tcp", 22, 22, ("10.0.0.0/8",))),
    _shut("22 from all private networks", ("tcp", 22, 22, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"))),
    _shut("22 from the networks of carriers", ("tcp", 22, 22, ("100.64.0.0/10",))),
    _shut("22 from local IPv6", ("tcp", 22, 22, ("fc00::/7", "fe80::/10"))),
    _shut("22 from one public network", ("tcp", 22, 22, ("8.8.8.0/24",))),
    _shut("22 from twenty networks of partners", ("tcp", 22, 22, _PARTNERS)),
    _shut("22 from addresses of examples", ("tcp", 22, 22, ("203.0.113.0/24", "2001:db8::/32"))),
    _shut("22 from a prefix list of offices", ("tcp", 22, 22, ("list:offices",))),
    _shut("22 from an open group", ("tcp", 22, 22, ("group:open",))),
    _shut("every protocol from a private network", ("-1", None, None, ("10.0.0.0/8",))),
)
