"""Load balancers: plain listeners have no TLS policy, and a fresh balancer tells all its attributes."""

from __future__ import annotations

from typing import Any

_ENCRYPTED = frozenset({"HTTPS", "TLS"})
_DEFAULTS = {
    "access_logs.s3.enabled": "false",
    "idle_timeout.timeout_seconds": "60",
    "routing.http2.enabled": "true",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.xff_header_processing.mode": "append",
    "waf.fail_open.enabled": "false",
}


def install() -> None:
    """Correct moto's load balancers."""
    from moto.elbv2.models import FakeListener, FakeLoadBalancer

    make_listener, make_balancer = FakeListener.__init__, FakeLoadBalancer.__init__

    def listener(self: Any, *arguments: Any, **named: Any) -> None:
        make_listener(self, *arguments, **named)
        if self.protocol not in _ENCRYPTED:
            self.ssl_policy = None

    def balancer(self: Any, *arguments: Any, **named: Any) -> None:
        make_balancer(self, *arguments, **named)
        if self.type == "application":
            self.attrs = _DEFAULTS | self.attrs | {"load_balancing.cross_zone.enabled": "true"}

    FakeListener.__init__ = listener
    FakeLoadBalancer.__init__ = balancer
