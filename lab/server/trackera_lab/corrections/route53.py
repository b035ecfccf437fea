"""Route 53: the start of authority of a fresh zone."""

from __future__ import annotations

from typing import Any

_TIMES = "1 7200 900 1209600 86400"


def install() -> None:
    """Correct moto's zones."""
    from moto.route53.models import Route53Backend

    create = Route53Backend.create_hosted_zone

    def create_hosted_zone(self: Any, *arguments: Any, **named: Any) -> Any:
        zone = create(self, *arguments, **named)
        first = zone.delegation_set.name_servers[0] if zone.delegation_set else "ns-1.awsdns-01.com"
        for record in zone.rrsets:
            if record.type == "SOA":
                record.records = [f"{first}. awsdns-hostmaster.amazon.com. {_TIMES}"]
        return zone

    Route53Backend.create_hosted_zone = create_hosted_zone
