"""ACM: which certificates a plain list shows, who uses them, and how their renewal stands."""

from __future__ import annotations

import datetime
from typing import Any

from trackera_lab import clock
from trackera_lab.context import ACCOUNT

_PLAIN_LIST = ("RSA_1024", "RSA_2048")
"""The keys of the certificates that a list shows unless it is asked for others."""
_RENEWED_BEFORE = datetime.timedelta(days=60)


def install() -> None:
    """Correct moto's certificates."""
    _lists()
    _descriptions()


def _lists() -> None:
    from moto.acm.responses import AWSCertificateManagerResponse
    from moto.core.responses import ActionResult

    def list_certificates(self: Any) -> Any:
        includes = dict(self._get_param("Includes") or {})
        includes.setdefault("keyTypes", list(_PLAIN_LIST))
        found = self.acm_backend.list_certificates(self._get_param("CertificateStatuses"), includes)
        return ActionResult({"CertificateSummaryList": [_summary(certificate) for certificate in found]})

    AWSCertificateManagerResponse.list_certificates = list_certificates


def _summary(certificate: Any) -> dict[str, Any]:
    about = certificate.describe()["Certificate"]
    about["InUse"] = bool(about.pop("InUseBy"))
    about["Exported"] = certificate.cert_options["Export"] == "ENABLED"
    about["SubjectAlternativeNameSummaries"] = about["SubjectAlternativeNames"]
    about["HasAdditionalSubjectAlternativeNames"] = False
    return about


def _descriptions() -> None:
    """A certificate is used by load balancers, not by their listeners; and what Amazon issued is renewed by itself."""
    from moto.acm.models import CertBundle

    describe = CertBundle.describe

    def corrected(self: Any) -> dict[str, Any]:
        answer: dict[str, Any] = describe(self)
        about = answer["Certificate"]
        users = about["InUseBy"] = _users(self.arn)
        if self.status == "PENDING_VALIDATION":
            for name in ("NotAfter", "NotBefore", "Serial", "Issuer", "SignatureAlgorithm", "IssuedAt"):
                about.pop(name, None)
        if self.type == "AMAZON_ISSUED" and users:
            about["RenewalEligibility"] = "ELIGIBLE"
            failure = getattr(self, "renewal_failure", None)
            if failure and self.status == "ISSUED":
                about["RenewalSummary"] = _renewal(self, about, failure)
        return answer

    CertBundle.describe = corrected


def _renewal(certificate: Any, about: dict[str, Any], failure: str) -> dict[str, Any]:
    """How a renewal goes that does not succeed."""
    ends = certificate._not_valid_after(certificate._cert).replace(tzinfo=datetime.timezone.utc)
    return {
        "RenewalStatus": failure,
        "DomainValidationOptions": about["DomainValidationOptions"],
        "UpdatedAt": min(ends - _RENEWED_BEFORE, clock.now()),
    }


def _users(arn: str) -> list[str]:
    """The load balancers that show a certificate."""
    from moto.elbv2.models import elbv2_backends

    balancers = elbv2_backends[ACCOUNT][arn.split(":")[3]].load_balancers.values()
    return [
        balancer.arn
        for balancer in balancers
        if any(arn in (listener.certificate, *listener.certificates) for listener in balancer.listeners.values())
    ]
