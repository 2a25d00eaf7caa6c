"""A small certificate authority for the links: keys on NIST P-256, certificates as RFC 5280 demands them.

A ministry with an authority of its own does not need this one: nats-server takes any certificate with its key
and the authority's certificate.
"""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

AUTHORITY_DAYS = 3650
CERTIFICATE_DAYS = 825  # renewed by the same request again
_SKEW = timedelta(hours=25)  # a region's clock may be off by hours, and its zone wrong by a day


def new_key() -> bytes:
    """A private key as PEM."""
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def signing_request(key: bytes, name: str) -> bytes:
    """A certificate signing request for `name`, as PEM; the key itself stays where it is."""
    request = x509.CertificateSigningRequestBuilder().subject_name(_name(name))
    return request.sign(_private(key), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


@dataclass(frozen=True)
class Authority:
    """The hub's authority: certificate and key as PEM."""

    certificate: bytes
    key: bytes

    @classmethod
    def made(cls, name: str) -> "Authority":
        """A new authority that signs itself."""
        key = new_key()
        public = _private(key).public_key()
        builder = _builder(_name(f"{name} federation"), AUTHORITY_DAYS).public_key(public)
        builder = builder.issuer_name(_name(f"{name} federation"))
        builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        builder = builder.add_extension(_usage(signs=True), critical=True)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        return cls(_pem(builder.sign(_private(key), hashes.SHA256())), key)

    def server(self, key: bytes, name: str, hosts: Sequence[str]) -> bytes:
        """The certificate of a server that is reached as `hosts`: names or addresses."""
        names = x509.SubjectAlternativeName([_host(host) for host in hosts])
        return self._certificate(_private(key).public_key(), name, ExtendedKeyUsageOID.SERVER_AUTH, names)

    def client(self, request: bytes, name: str) -> bytes:
        """The certificate of a region's link, for the key of its request.

        Raises ValueError for a request that cannot be read, is signed by another key or names
        somebody else.
        """
        asked = x509.load_pem_x509_csr(request)
        if not asked.is_signature_valid:
            raise ValueError("The signing request is not signed by its own key.")
        if asked.subject != _name(name):
            raise ValueError(f"The signing request is not for {name}.")
        key = asked.public_key()
        if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise ValueError("The signing request's key is not one on the curve P-256.")
        return self._certificate(key, name, ExtendedKeyUsageOID.CLIENT_AUTH)

    def _certificate(
        self,
        key: ec.EllipticCurvePublicKey,
        name: str,
        usage: x509.ObjectIdentifier,
        names: x509.SubjectAlternativeName | None = None,
    ) -> bytes:
        issuer = x509.load_pem_x509_certificate(self.certificate)
        builder = _builder(_name(name), CERTIFICATE_DAYS).public_key(key).issuer_name(issuer.subject)
        builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        builder = builder.add_extension(_usage(signs=False), critical=True)
        builder = builder.add_extension(x509.ExtendedKeyUsage([usage]), critical=False)
        builder = builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
        builder = builder.add_extension(_identifier(issuer), critical=False)
        if names is not None:
            builder = builder.add_extension(names, critical=False)
        return _pem(builder.sign(_private(self.key), hashes.SHA256()))


def _builder(name: x509.Name, days: int) -> x509.CertificateBuilder:
    now = datetime.now(UTC)  # lint: certificates are judged by the real time
    builder = x509.CertificateBuilder().subject_name(name).serial_number(x509.random_serial_number())
    return builder.not_valid_before(now - _SKEW).not_valid_after(now + timedelta(days=days))


def _identifier(issuer: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    """Of the key that signs (RFC 5280, 4.2.1.1): as the issuer itself names that key."""
    named = issuer.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(named)


def _private(key: bytes) -> ec.EllipticCurvePrivateKey:
    loaded = serialization.load_pem_private_key(key, None)
    if not isinstance(loaded, ec.EllipticCurvePrivateKey):
        raise ValueError("An elliptic-curve key is expected.")  # a wrong file, not a wrong type
    return loaded


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs,
        crl_sign=signs,
        encipher_only=False,
        decipher_only=False,
    )
