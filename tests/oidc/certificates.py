"""An authority of the tests' own, and what it signs: real TLS on loopback."""

import ipaddress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from crisislink.adapters.system import SystemClock

_DAY = timedelta(days=1)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


@dataclass(frozen=True)
class Authority:
    """Signs for localhost."""

    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    @classmethod
    def new(cls) -> "Authority":
        """Trusted by nobody yet."""
        key = ec.generate_private_key(ec.SECP256R1())
        return cls(key, _signed("authority", key, "authority", key, authority=True))

    def pem(self, folder: Path) -> Path:
        """Its certificate."""
        file = folder / "authority.pem"
        file.write_bytes(self.certificate.public_bytes(Encoding.PEM))
        return file

    def issued(self, name: str, folder: Path) -> Path:
        """A key and its certificate in one PEM file."""
        key = ec.generate_private_key(ec.SECP256R1())
        certificate = _signed(name, key, "authority", self.key, authority=False)
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        file = folder / f"{name}.pem"
        file.write_bytes(pem + certificate.public_bytes(Encoding.PEM))
        return file


def _signed(
    name: str,
    key: ec.EllipticCurvePrivateKey,
    by: str,
    by_key: ec.EllipticCurvePrivateKey,
    *,
    authority: bool,
) -> x509.Certificate:
    now = SystemClock().now()
    places = [x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    return (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named(by))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _DAY)
        .not_valid_after(now + _DAY)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(places), critical=False)
        .sign(by_key, hashes.SHA256())
    )
