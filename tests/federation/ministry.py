"""A ministry's own authority, made with other tools and of other keys than a hub's: RSA, and a name of its own."""

import ipaddress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from deploy.federation.pki.certificates import Tls

DAY = timedelta(days=1)
HERE = "127.0.0.1"
PEM = serialization.Encoding.PEM


@cache
def rsa_key(_ministry: str, _number: int) -> rsa.RSAPrivateKey:
    """Keys of a test run by number, an authority's is 0; making one takes a while."""
    return rsa.generate_private_key(65537, 2048)


@dataclass(frozen=True)
class Ministry:
    """Its files are in `folder`, by whose name its keys differ from another's."""

    folder: Path

    def authority(self) -> Tls:
        """The authority's own certificate and key."""
        return self._files("ministry", self._root(), 0)

    def server(self) -> Tls:
        """The files of a hub at 127.0.0.1, which are good for a server alone."""
        return self.signed("server", HERE, usage=ExtendedKeyUsageOID.SERVER_AUTH)

    def client(self, name: str) -> Tls:
        """The files of a region, which are good for a client alone."""
        return self.signed(name, HERE, number=2, usage=ExtendedKeyUsageOID.CLIENT_AUTH)

    def signed(
        self,
        name: str,
        host: str = "hub.example.org",
        number: int = 1,
        days: int = 30,
        usage: x509.ObjectIdentifier | None = None,
    ) -> Tls:
        """The files of one end: certificate, key and authority; also out of date, or of another host."""
        now = datetime.now(UTC)
        builder = self._builder(name, number, min(now, now + days * DAY) - DAY, now + days * DAY)
        builder = builder.add_extension(x509.SubjectAlternativeName([_host(host)]), critical=False)
        if usage is not None:
            builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        return self._files(name, self._certificate(builder), number)

    def _root(self) -> bytes:
        now = datetime.now(UTC)
        return self._certificate(self._builder("Ministry of Health", 0, now - DAY, now + 3650 * DAY))

    def _builder(self, name: str, number: int, begin: datetime, end: datetime) -> x509.CertificateBuilder:
        builder = x509.CertificateBuilder().subject_name(_name(name)).issuer_name(_name("Ministry of Health"))
        builder = builder.not_valid_before(begin).not_valid_after(end)
        builder = builder.serial_number(x509.random_serial_number()).public_key(
            self._key(number).public_key()
        )
        return builder.add_extension(x509.BasicConstraints(ca=not number, path_length=None), critical=True)

    def _certificate(self, builder: x509.CertificateBuilder) -> bytes:
        return builder.sign(self._key(0), hashes.SHA256()).public_bytes(PEM)

    def _key(self, number: int) -> rsa.RSAPrivateKey:
        return rsa_key(self.folder.name, number)

    def _files(self, name: str, own: bytes, number: int) -> Tls:
        private = (serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        key = self._key(number).private_bytes(PEM, *private)
        self.folder.mkdir(parents=True, exist_ok=True)
        found = []
        for what, content in (("certificate", own), ("key", key), ("authority", self._root())):
            path = self.folder / f"{name}-{what}.pem"
            path.write_bytes(content)
            found.append(str(path))
        return Tls(*found)


def _host(host: str) -> x509.GeneralName:
    return x509.IPAddress(ipaddress.ip_address(HERE)) if host == HERE else x509.DNSName(host)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
