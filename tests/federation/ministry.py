"""A ministry's own authority, made with other tools and of other keys than a hub's: RSA, and a name of its own."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ADDRESS = ipaddress.ip_address("127.0.0.1")


@dataclass(frozen=True)
class Pair:
    """Certificate and key as files, as an operator gets them."""

    certificate: Path
    key: Path


class Ministry:
    """Issues certificates into a folder."""

    def __init__(self, folder: Path, name: str) -> None:
        """Make the authority."""
        folder.mkdir(parents=True, exist_ok=True)
        self.folder, self.name = folder, name
        self.key = _key()
        usage = x509.BasicConstraints(ca=True, path_length=None)
        self.authority = self._pair("authority", name, self.key, (usage, True))

    def server(self, name: str = "server") -> Pair:
        """A certificate of a hub at 127.0.0.1."""
        return self._issued(name, ExtendedKeyUsageOID.SERVER_AUTH)

    def client(self, name: str) -> Pair:
        """A certificate of a region."""
        return self._issued(name, ExtendedKeyUsageOID.CLIENT_AUTH)

    def _issued(self, name: str, usage: x509.ObjectIdentifier) -> Pair:
        at = x509.SubjectAlternativeName([x509.IPAddress(ADDRESS)])
        return self._pair(name, name, _key(), (x509.ExtendedKeyUsage([usage]), False), (at, False))

    def _pair(
        self, file: str, name: str, key: rsa.RSAPrivateKey, *extensions: tuple[x509.ExtensionType, bool]
    ) -> Pair:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(_name(name)).issuer_name(_name(self.name))
        builder = builder.public_key(key.public_key()).serial_number(x509.random_serial_number())
        builder = builder.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=30))
        for extension, critical in extensions:
            builder = builder.add_extension(extension, critical=critical)
        pem = serialization.Encoding.PEM
        certificate = builder.sign(self.key, hashes.SHA256()).public_bytes(pem)
        private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        pair = Pair(self.folder / f"{file}.pem", self.folder / f"{file}-key.pem")
        pair.certificate.write_bytes(certificate)
        pair.key.write_bytes(private)
        return pair


def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
