"""Certificates, keys and authorities that fit each other: judged before nats-server or a region has to."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes
from cryptography.x509.oid import ExtendedKeyUsageOID

from deploy.federation.configuration import Tls
from deploy.federation.documents import read
from deploy.federation.folder import FederationError

SOON = 60  # days before its end on which a certificate is to be renewed
_CHAIN = 8  # certificates between one and its authority; nobody has more than two


@dataclass(frozen=True)
class Pair:
    """A certificate with those between it and its authority, its key, and the authority; all as PEM."""

    certificate: bytes
    key: bytes
    authority: bytes

    @classmethod
    def read(cls, given: Tls) -> "Pair":
        """What an operator gave. Raises FederationError for files that cannot be read."""
        return cls(*(read(Path(file)) for file in (given.certificate, given.key, given.authority)))

    def check(self, hosts: Sequence[str] = ()) -> None:
        """Raises FederationError where the three do not fit, or one end could not use them.

        With `hosts` that is a hub, whose certificate names the first of them; without a region.
        """
        leaf, *between = certificates(self.certificate, "certificate")
        if public_of(self.certificate, "certificate") != public_of_key(self.key):
            raise FederationError("The key does not fit the certificate: give the --key it was made with.")
        check_authority(self.authority)
        if not _leads(leaf, between, certificates(self.authority, "authority")):
            raise FederationError(
                "The certificate is not the authority's: give the --authority that signed it."
            )
        if not _good_for(leaf, ExtendedKeyUsageOID.SERVER_AUTH if hosts else ExtendedKeyUsageOID.CLIENT_AUTH):
            usage = "servers (serverAuth)" if hosts else "clients (clientAuth)"
            raise FederationError(f"The certificate is not for {usage}: its extended key usage names others.")
        if left(self.certificate) < 0:
            raise FederationError(
                f"The certificate ended on {leaf.not_valid_after_utc:%Y-%m-%d}: renew it first."
            )
        if hosts and not _named(leaf, hosts[0]):
            raise FederationError(
                f"The certificate is not for --host {hosts[0]}, by which regions call the hub."
            )


def certificates(pem: bytes, what: str) -> list[x509.Certificate]:
    """All of one file. Raises FederationError, which calls it `what`, for a file without any."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise FederationError(f"The {what} is no certificate in PEM: give another.") from None


def check_authority(pem: bytes) -> None:
    """Raises FederationError unless these are certificates that may sign others."""
    for one in certificates(pem, "authority"):
        try:
            may = one.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
        except (x509.ExtensionNotFound, ValueError):
            may = False
        if not may:
            raise FederationError("The authority may not sign certificates: give the one that signed yours.")


def public_of(pem: bytes, what: str) -> bytes:
    """The public key of a certificate. Raises FederationError."""
    return _raw(certificates(pem, what)[0].public_key())


def public_of_key(pem: bytes) -> bytes:
    """The public half of a private key. Raises FederationError for what is no key without a password."""
    try:
        return _raw(serialization.load_pem_private_key(pem, None).public_key())
    except (ValueError, TypeError):
        raise FederationError("The key is no private key in PEM without a password: give another.") from None


def left(pem: bytes) -> int:
    """How many days a certificate is valid still, negative when it is out of date. Raises FederationError."""
    now = datetime.now(UTC)  # lint: certificates are judged by the real time
    return (certificates(pem, "certificate")[0].not_valid_after_utc - now).days


def _raw(key: PublicKeyTypes) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def _leads(leaf: x509.Certificate, between: list[x509.Certificate], ends: list[x509.Certificate]) -> bool:
    """Whether signatures lead from `leaf` over those `between` to one of `ends`."""
    here = leaf
    for _ in range(_CHAIN):
        if any(_signed(here, one) for one in ends):
            return True
        above = [one for one in between if one != here and _signed(here, one)]
        if not above:
            return False
        here = above[0]
    return False


def _signed(one: x509.Certificate, by: x509.Certificate) -> bool:
    try:
        one.verify_directly_issued_by(by)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def _good_for(leaf: x509.Certificate, usage: x509.ObjectIdentifier) -> bool:
    """Whether a certificate may be used so; one that names no use may be used for any."""
    try:
        named = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        return True
    return usage in named or ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE in named


def _named(leaf: x509.Certificate, host: str) -> bool:
    """Whether a certificate is for a host; the common name counts for nothing, as at nats-server."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    try:
        return ipaddress.ip_address(host) in names.get_values_for_type(x509.IPAddress)
    except ValueError:
        known = {name.lower() for name in names.get_values_for_type(x509.DNSName)}
        return not known.isdisjoint({host.lower(), f"*.{host.lower().partition('.')[2]}"})
