"""Where moto differs from AWS in a way that a collector would notice, and what the lab does about it.

One module per service; each has `install()`, which runs once, when the service is first asked for. The paging of lists
is common to all and installed at start.
"""

from __future__ import annotations

import importlib

_SERVICES = frozenset({
    "acm", "backup", "cloudtrail", "ec2", "elbv2", "events", "iam", "kms", "logs", "rds", "route53", "s3", "secretsmanager", "sesv2",
    "sns", "sts",
})  # fmt: skip
_applied: set[str] = set()


def apply(service: str) -> None:
    """Correct a service if it needs it and has not been corrected yet. The caller holds the loading lock."""
    if service in _applied:
        return
    _applied.add(service)
    if service in _SERVICES:
        importlib.import_module(f"trackera_lab.corrections.{service}").install()


def install() -> None:
    """Install what is common to all services."""
    from trackera_lab.corrections import paging

    paging.install()
