"""Certificates that a ministry signed for one end, also those that are out of date or of another host."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from deploy.federation.configuration import Tls

DAY = timedelta(days=1)


@cache
def rsa_key(_number: int) -> rsa.RSAPrivateKey:
    """Keys of a test run by number; making one takes a while."""
    return rsa.generate_private_key(65537, 2048)


@dataclass(frozen=True)
class Ministry:
    """Its files are in `folder`; the authority has key 0."""

    folder: Path

    def signed(self, name: str, host: str = "hub.example.org", number: int = 1, days: int = 30) -> Tls:
        """The files of one end: certificate, key and authority."""
        own = self._certificate(name, number, host, days)
        authority = self._certificate("Ministry of Health", 0, "", 3650)
        key = rsa_key(number).private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        found = []
        for what, content in (("certificate", own), ("key", key), ("authority", authority)):
            self.folder.mkdir(parents=True, exist_ok=True)
            path = self.folder / f"{name}-{what}.pem"
            path.write_bytes(content)
            found.append(str(path))
        return Tls(*found)

    def _certificate(self, name: str, number: int, host: str, days: int) -> bytes:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(_name(name)).issuer_name(_name("Ministry of Health"))
        builder = builder.not_valid_before(min(now, now + days * DAY) - DAY).not_valid_after(now + days * DAY)
        builder = builder.serial_number(x509.random_serial_number()).public_key(rsa_key(number).public_key())
        builder = builder.add_extension(x509.BasicConstraints(ca=not number, path_length=None), critical=True)
        if host:
            builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        return builder.sign(rsa_key(0), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
