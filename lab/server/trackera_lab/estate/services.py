"""The company's other services: its name in the DNS, its certificate, its mail, and the database's password."""

from __future__ import annotations

import json

from trackera_lab.context import PRIMARY_REGION
from trackera_lab.estate import names
from trackera_lab.estate.clients import Clients, dated
from trackera_lab.estate.encryption import Keys


def make_certificate(clients: Clients) -> str:
    """The certificate that the balancer shows."""
    with dated("-60d"):
        arn: str = clients("acm").request_certificate(
            DomainName=names.HOST, ValidationMethod="DNS", Tags=names.pairs(names.labels())
        )["CertificateArn"]
    return arn


def make(clients: Clients, keys: Keys, balancer_name: str) -> None:
    """Make the zone, the mail identity and the secret."""
    with dated("-690d"):
        _make_zone(clients, balancer_name)
        _make_mail(clients)
        _make_secret(clients, keys)


def _make_zone(clients: Clients, balancer_name: str) -> None:
    route53 = clients("route53")
    zone = route53.create_hosted_zone(Name=f"{names.DOMAIN}.", CallerReference="trackera")["HostedZone"]["Id"]
    records = [
        {"Name": f"{names.HOST}.", "Type": "CNAME", "TTL": 60, "ResourceRecords": [{"Value": balancer_name}]},
        {
            "Name": f"{names.DOMAIN}.",
            "Type": "CAA",
            "TTL": 3600,
            "ResourceRecords": [{"Value": '0 issue "amazon.com"'}],
        },
        *_sender_records(names.SENDER_DOMAIN, '"v=spf1 include:amazonses.com -all"'),
        # Nobody sends from the bare domain, and it says so.
        *_sender_records(names.DOMAIN, '"v=spf1 -all"'),
        {
            "Name": f"{names.ENVELOPE_DOMAIN}.",
            "Type": "MX",
            "TTL": 3600,
            "ResourceRecords": [{"Value": f"10 feedback-smtp.{PRIMARY_REGION}.amazonses.com"}],
        },
        {
            "Name": f"{names.ENVELOPE_DOMAIN}.",
            "Type": "TXT",
            "TTL": 3600,
            "ResourceRecords": [{"Value": '"v=spf1 include:amazonses.com -all"'}],
        },
    ]
    route53.change_resource_record_sets(
        HostedZoneId=zone,
        ChangeBatch={"Changes": [{"Action": "UPSERT", "ResourceRecordSet": record} for record in records]},
    )


def _sender_records(domain: str, servers: str) -> list[dict[str, object]]:
    """Who may send from a domain, and that everybody else is to be refused."""
    refuse = f'"v=DMARC1; p=reject; rua=mailto:{names.ALERT_ADDRESS}"'
    return [
        {"Name": f"{name}.", "Type": "TXT", "TTL": 3600, "ResourceRecords": [{"Value": value}]}
        for name, value in ((f"_dmarc.{domain}", refuse), (domain, servers))
    ]


def _make_mail(clients: Clients) -> None:
    mail = clients("sesv2")
    mail.create_configuration_set(
        ConfigurationSetName=names.CONFIGURATION_SET,
        DeliveryOptions={"TlsPolicy": "REQUIRE"},
        ReputationOptions={"ReputationMetricsEnabled": True},
        SendingOptions={"SendingEnabled": True},
        SuppressionOptions={"SuppressedReasons": ["BOUNCE", "COMPLAINT"]},
        Tags=names.pairs(names.labels()),
    )
    mail.create_email_identity(
        EmailIdentity=names.SENDER_DOMAIN,
        ConfigurationSetName=names.CONFIGURATION_SET,
        DkimSigningAttributes={"NextSigningKeyLength": "RSA_2048_BIT"},
        Tags=names.pairs(names.labels()),
    )
    mail.put_email_identity_mail_from_attributes(
        EmailIdentity=names.SENDER_DOMAIN,
        MailFromDomain=names.ENVELOPE_DOMAIN,
        BehaviorOnMxFailure="REJECT_MESSAGE",
    )


def _make_secret(clients: Clients, keys: Keys) -> None:
    secrets = clients("secretsmanager")
    value = {"username": names.DATABASE_OWNER, "password": names.DATABASE_PASSWORD, "dbname": names.DATABASE_NAME}
    arn = secrets.create_secret(
        Name=names.SECRET,
        SecretString=json.dumps(value),
        KmsKeyId=keys.arn(names.DATA_KEY),
        Tags=names.pairs(names.labels(data_class="secret")),
    )["ARN"]
    with dated("-12d"):
        secrets.rotate_secret(SecretId=arn, RotationRules={"AutomaticallyAfterDays": 30})
    with dated("-1d"):
        secrets.get_secret_value(SecretId=arn)
