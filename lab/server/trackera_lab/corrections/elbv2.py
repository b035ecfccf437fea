"""Load balancers: TLS policies, listeners without one, and all the attributes that a fresh balancer tells."""

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
    _fresh()
    _policies()


def _fresh() -> None:
    """A plain listener has no TLS policy; an application load balancer tells all its attributes."""
    from moto.elbv2.models import FakeListener, FakeLoadBalancer

    make_listener, make_balancer = FakeListener.__init__, FakeLoadBalancer.__init__

    def listener(self: Any, *arguments: Any, **named: Any) -> None:
        make_listener(self, *arguments, **named)
        if self.protocol not in _ENCRYPTED:
            self.ssl_policy = None
        # Only a listener of TLS names protocols of the application, and only if it was told one.
        self.alpn_policy = self.alpn_policy or None

    def balancer(self: Any, *arguments: Any, **named: Any) -> None:
        make_balancer(self, *arguments, **named)
        if self.type == "application":
            self.attrs = _DEFAULTS | self.attrs | {"load_balancing.cross_zone.enabled": "true"}

    FakeListener.__init__ = listener
    FakeLoadBalancer.__init__ = balancer


def _policies() -> None:
    """The policies that moto lacks or has got wrong, and for which kinds of balancer each is."""
    from moto.core.responses import ActionResult
    from moto.elbv2 import responses
    from moto.elbv2.ssl_policies import SSL_POLICIES, build_policy

    from trackera_lab.corrections.refusal import Refusal
    from trackera_lab.corrections.tls_policies import MISSING

    for name, (protocols, ciphers) in MISSING.items():
        SSL_POLICIES[name] = {"name": name, "ssl_protocols": list(protocols), "ciphers": list(ciphers)}

    def describe_ssl_policies(self: Any) -> Any:
        names = self._get_param("Names") or list(SSL_POLICIES)
        unknown = [name for name in names if name not in SSL_POLICIES]
        if unknown:
            raise Refusal("SSLPolicyNotFound", f"One or more SSL policies not found: {', '.join(unknown)}")
        kinds = ["application", "network"]
        shown = [{**(build_policy(name, SSL_POLICIES[name]) or {}), "SupportedLoadBalancerTypes": kinds} for name in names]
        return ActionResult({"SslPolicies": shown})

    responses.ELBV2Response.describe_ssl_policies = describe_ssl_policies
