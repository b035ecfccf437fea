"""SES: what identities and configuration sets say about themselves, and the domain in the envelope of mail."""

from __future__ import annotations

import hashlib
from typing import Any

from trackera_lab import clock


def install() -> None:
    """Correct moto's mail."""
    _identities()
    _configuration_sets()
    _envelopes()


def _identities() -> None:
    """An identity whose records are in the DNS may be sent from; its DKIM has three tokens."""
    from moto.ses.models import EmailIdentity

    initialise = EmailIdentity.__init__
    describe = EmailIdentity.get_response_object.fget

    def born(self: Any, *arguments: Any, **named: Any) -> None:
        initialise(self, *arguments, **named)
        self.verified_for_sending_status = self.feedback_forwarding_status = True
        if self.identity_type == "DOMAIN":
            # Easy DKIM is what a domain gets unless it brings a key of its own.
            self.dkim_attributes |= {"SigningEnabled": True, "Status": "SUCCESS"}
            self.dkim_attributes["Tokens"] = [_token(self.email_identity, number) for number in range(3)]
        if "LastKeyGenerationTimestamp" in self.dkim_attributes:
            # Moments are numbers in this protocol; moto writes a text.
            self.dkim_attributes["LastKeyGenerationTimestamp"] = clock.timestamp()
        self.mail_from = None

    def get_response_object(self: Any) -> dict[str, Any]:
        about: dict[str, Any] = describe(self)
        about["DkimAttributes"] = dict(self.dkim_attributes)
        if self.dkim_attributes["Status"] == "SUCCESS":
            about["DkimAttributes"]["CurrentSigningKeyLength"] = self.dkim_attributes["NextSigningKeyLength"]
        if self.mail_from:
            about["MailFromAttributes"] = self.mail_from
        return {name: value for name, value in about.items() if value is not None}

    EmailIdentity.__init__ = born
    EmailIdentity.get_response_object = property(get_response_object)


def _token(identity: str, number: int) -> str:
    return hashlib.sha256(f"{identity} {number}".encode()).hexdigest()[:32]


def _configuration_sets() -> None:
    """What a set was not told has a default, and the answer names it."""
    from moto.ses.models import ConfigurationSet

    describe = ConfigurationSet.to_dict_v2

    def to_dict_v2(self: Any) -> dict[str, Any]:
        about: dict[str, Any] = describe(self)
        sending = self.enabled if isinstance(self.enabled, dict) else {"SendingEnabled": bool(self.enabled)}
        about["DeliveryOptions"] = {"TlsPolicy": "OPTIONAL"} | self.delivery_options
        about["ReputationOptions"] = {"ReputationMetricsEnabled": False} | self.reputation_options
        about["SendingOptions"] = {"SendingEnabled": True} | sending
        for name in ("TrackingOptions", "SuppressionOptions", "VdmOptions"):
            if not about[name]:
                del about[name]
        return about

    ConfigurationSet.to_dict_v2 = to_dict_v2


def _envelopes() -> None:
    """The operation that sets the domain in the envelope, which moto lacks."""
    from moto.sesv2 import urls
    from moto.sesv2.responses import SESV2Response

    def put_email_identity_mail_from_attributes(self: Any) -> str:
        identity = self.sesv2_backend.get_email_identity(email_identity=self._get_param("EmailIdentity"))
        domain = self._get_param("MailFromDomain")
        identity.mail_from = domain and {
            "MailFromDomain": domain,
            "MailFromDomainStatus": "SUCCESS",
            "BehaviorOnMxFailure": self._get_param("BehaviorOnMxFailure") or "USE_DEFAULT_VALUE",
        }
        return "{}"

    SESV2Response.put_email_identity_mail_from_attributes = put_email_identity_mail_from_attributes
    urls.url_paths["{0}/v2/email/identities/(?P<EmailIdentity>[^/]+)/mail-from$"] = SESV2Response.dispatch
