"""Certificates, keys and authorities that fit each other: judged before nats-server or a region has to."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial

from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.types import PublicKeyTypes

from deploy.federation.federation_error import FederationError
from deploy.federation.pki.verification import CLIENT, SERVER, Chain, Unverified, signs

SOON = 60  # days before its end on which a certificate is to be renewed


@dataclass(frozen=True)
class Tls:
    """Files of one end: its certificate, its key, and the authority whose certificates it accepts."""

    certificate: str
    key: str
    authority: str


@dataclass(frozen=True)
class Pair:
    """A certificate with those between it and its authority, its key, and the authority; all as PEM."""

    certificate: bytes
    key: bytes
    authority: bytes

    def check(self, hosts: Sequence[str] = ()) -> None:
        """Raises FederationError where the three do not fit, or one end could not use them.

        With `hosts` that is a hub, whose certificate names the first of them; without a region.
        """
        leaf, *between = certificates(self.certificate, "certificate")
        if public_of(self.certificate, "certificate") != public_of_key(self.key):
            raise FederationError("The key does not fit the certificate: give the --key it was made with.")
        check_authority(self.authority)
        if left(self.certificate) < 0:
            raise FederationError(
                f"The certificate ended on {leaf.not_valid_after_utc:%Y-%m-%d}: renew it first."
            )
        if leaf.not_valid_before_utc > datetime.now(UTC):  # lint: certificates are judged by the real time
            raise FederationError(
                f"The certificate is not valid before {leaf.not_valid_before_utc:%Y-%m-%d %H:%M} UTC:"
                " set this machine's clock, or wait."
            )
        chain = Chain(leaf, between, certificates(self.authority, "authority"))
        for asked, otherwise in _questions(chain, hosts):
            try:
                asked()
            except Unverified as error:
                raise FederationError(f"{otherwise} ({error})") from None


def _questions(chain: Chain, hosts: Sequence[str]) -> Iterator[tuple[Callable[[], None], str]]:
    """What is asked about a certificate from the widest on, and what to say where the answer is no."""
    yield chain.leads, "The certificate is not the authority's: give the --authority that signed it."
    usage, words = (SERVER, "servers (serverAuth)") if hosts else (CLIENT, "clients (clientAuth)")
    yield (
        partial(chain.leads, usage),
        f"The certificate is not for {words}: its extended key usage names others.",
    )
    if hosts:
        yield (
            partial(chain.serves, hosts[0]),
            f"The certificate is not for --host {hosts[0]}, by which regions call the hub.",
        )


def certificates(pem: bytes, what: str) -> list[x509.Certificate]:
    """All of one file. Raises FederationError, which calls it `what`, for a file without any."""
    try:
        return x509.load_pem_x509_certificates(pem)
    except ValueError:
        raise FederationError(f"The {what} is no certificate in PEM: give another.") from None


def check_authority(pem: bytes) -> None:
    """Raises FederationError unless these are certificates that may sign others."""
    if not all(map(signs, certificates(pem, "authority"))):
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
