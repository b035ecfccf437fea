"""Mistakes on the way: old or missing encryption between customers, servers, databases and queues."""

from __future__ import annotations

import datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from trackera_lab.estate import names
from trackera_lab.estate.clients import dated
from trackera_lab.estate.company import Company

_ENDS_IN = datetime.timedelta(days=5)


def let_a_certificate_run_out(company: Company) -> None:
    """A customer's old scanner got a port with old TLS and a bought certificate, which ends in five days."""
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate, key = _self_signed(names.STATUS_HOST, now - datetime.timedelta(days=360), now + _ENDS_IN)
    with dated("-360d"):
        arn = company.clients("acm").import_certificate(
            Certificate=certificate, PrivateKey=key, Tags=names.pairs(names.labels())
        )["CertificateArn"]
        company.clients("elbv2").create_listener(
            LoadBalancerArn=company.servers.balancer,
            Protocol="HTTPS",
            Port=names.WEAK_PORT,
            SslPolicy="ELBSecurityPolicy-2016-08",
            Certificates=[{"CertificateArn": arn}],
            DefaultActions=[{"Type": "forward", "TargetGroupArn": _target(company)}],
        )


def _self_signed(host: str, begins: datetime.datetime, ends: datetime.datetime) -> tuple[bytes, bytes]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoded = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), encoded


def listen_without_encryption(company: Company) -> None:
    """A load test went past TLS to save itself the certificate, and its listener still forwards what it hears."""
    with dated("-120d"):
        company.clients("elbv2").create_listener(
            LoadBalancerArn=company.servers.balancer,
            Protocol="HTTP",
            Port=names.PLAIN_PORT,
            DefaultActions=[{"Type": "forward", "TargetGroupArn": _target(company)}],
        )


def _target(company: Company) -> str:
    arn: str = company.clients("elbv2").describe_target_groups()["TargetGroups"][0]["TargetGroupArn"]
    return arn


def wait_for_a_reboot(company: Company) -> None:
    """An import tool could not speak TLS, so it was no longer forced, and that it is again waits for a reboot."""
    for value in ("0", "1"):
        parameter = {"ParameterName": "rds.force_ssl", "ParameterValue": value, "ApplyMethod": "pending-reboot"}
        company.clients("rds").modify_db_parameter_group(
            DBParameterGroupName=names.PARAMETER_GROUP, Parameters=[parameter]
        )


def queue_in_the_clear(company: Company) -> None:
    """A template from a blog made the queue for webhooks, and it switched encryption off."""
    with dated("-180d"):
        company.clients("sqs").create_queue(
            QueueName=names.PLAIN_QUEUE, Attributes={"SqsManagedSseEnabled": "false"}, tags=names.labels()
        )


def send_a_newsletter(company: Company) -> None:
    """Marketing sends from a domain of its own, without an envelope of ours and without asking for encryption."""
    mail = company.clients("sesv2")
    with dated("-170d"):
        mail.create_configuration_set(ConfigurationSetName=names.NEWSLETTER_SET, Tags=names.pairs(names.labels()))
        mail.create_email_identity(
            EmailIdentity=names.NEWSLETTER_DOMAIN,
            ConfigurationSetName=names.NEWSLETTER_SET,
            Tags=names.pairs(names.labels()),
        )
