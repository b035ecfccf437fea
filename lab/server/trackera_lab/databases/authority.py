"""The lab's certificate authority for databases: the counterpart of the RDS root certificate.

A client that trusts `ca.pem` can verify a lab database in full (chain and endpoint address).
The authority's key lives in memory only: a lab that starts again has a new authority, and the
key of an old one cannot be stolen from a forgotten directory.
"""

from __future__ import annotations

import datetime
import ipaddress
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

CA_IDENTIFIER = "rds-ca-ecc384-g1"
VALID_DAYS = 365


@dataclass(frozen=True)
class ServerIdentity:
    """A private key and certificate in PEM, for one endpoint."""

    key: str
    certificate: str


def _name(common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Trackera lab"),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


class Authority:
    """Issues server certificates for the endpoints of one lab."""

    def __init__(self) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        now = datetime.datetime.now(datetime.UTC)
        self._begin = now - datetime.timedelta(days=1)
        self._end = now + datetime.timedelta(days=VALID_DAYS)
        self._certificate = self._self_signed()

    def _self_signed(self) -> x509.Certificate:
        name = _name("Trackera lab database authority")
        return (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._begin)
            .not_valid_after(self._end)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_certificate_signing(), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )

    @property
    def certificate(self) -> str:
        """The authority's own certificate in PEM."""
        return self._certificate.public_bytes(serialization.Encoding.PEM).decode()

    @property
    def valid_until(self) -> datetime.datetime:
        """When the certificates end."""
        return self._end.replace(tzinfo=None, microsecond=0)

    def issue(self, address: str, names: list[str]) -> ServerIdentity:
        """A fresh key and certificate for an endpoint address and its names."""
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives: list[x509.GeneralName] = [x509.IPAddress(ipaddress.ip_address(address))]
        alternatives += [x509.DNSName(name) for name in names]
        certificate = (
            x509.CertificateBuilder()
            .subject_name(_name(address))
            .issuer_name(self._certificate.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(self._begin)
            .not_valid_after(self._end)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()), critical=False)
            .sign(self._key, hashes.SHA256())
        )
        return ServerIdentity(
            key=key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            ).decode(),
            certificate=certificate.public_bytes(serialization.Encoding.PEM).decode(),
        )


def _certificate_signing() -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
