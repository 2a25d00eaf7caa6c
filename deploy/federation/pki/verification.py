"""Whether a certificate leads to an authority and may be used at one end of a link: RFC 5280, by cryptography.

Three things are asked less strictly than the web does, since nats-server does without them and certificates of
ministries come without them: the identifiers of authority and subject (4.2.1.1, 4.2.1.2), the key usage of an
authority (4.2.1.3; one that is there must allow signing), and the names of a client. What a hub's own authority
signs has what RFC 5280 demands.
"""

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass

from cryptography import x509
from cryptography.x509.oid import ExtendedKeyUsageOID
from cryptography.x509.verification import (
    Criticality,
    ExtensionPolicy,
    Policy,
    PolicyBuilder,
    Store,
    VerificationError,
)

SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH
_ANY = Criticality.AGNOSTIC
_PREFIXES = (
    "validation failed: ",
    "candidates exhausted: ",
    "Python extension validator failed: ",
    "ValueError: ",
)


class Unverified(Exception):
    """The message says why, in the words of cryptography."""


@dataclass(frozen=True)
class Chain:
    """A certificate, those between it and its authority, and the certificates of the authority."""

    leaf: x509.Certificate
    between: list[x509.Certificate]
    authority: list[x509.Certificate]

    def leads(self, usage: x509.ObjectIdentifier | None = None) -> None:
        """Raises Unverified unless the authority signed it; with `usage`, also unless both allow that."""
        ee = _leaf_policy(usage).may_be_present(x509.SubjectAlternativeName, _ANY, None)
        self._ask(lambda: self._builder(usage, ee).build_client_verifier().verify(self.leaf, self.between))

    def serves(self, host: str) -> None:
        """Raises Unverified unless a client that calls `host`, a name or an address, would take it."""

        def verify() -> object:
            builder = self._builder(SERVER, _leaf_policy(SERVER))
            return builder.build_server_verifier(_subject(host)).verify(self.leaf, self.between)

        self._ask(verify)

    def _builder(self, usage: x509.ObjectIdentifier | None, leaf: ExtensionPolicy) -> PolicyBuilder:
        builder = PolicyBuilder().store(Store(self.authority))
        return builder.extension_policies(ca_policy=_authority_policy(usage), ee_policy=leaf)

    def _ask(self, verify: Callable[[], object]) -> None:
        try:
            verify()
        except (VerificationError, ValueError) as error:  # a host that no certificate could name
            words = str(error)
            for known in _PREFIXES:
                words = words.removeprefix(known)
            raise Unverified(words.partition(" (encountered")[0]) from None


def signs(certificate: x509.Certificate) -> bool:
    """Whether a certificate is an authority's: basic constraints say so (4.2.1.9)."""
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _authority_policy(usage: x509.ObjectIdentifier | None) -> ExtensionPolicy:
    policy = ExtensionPolicy.webpki_defaults_ca()
    for identifier in (x509.AuthorityKeyIdentifier, x509.SubjectKeyIdentifier):
        policy = policy.may_be_present(identifier, _ANY, None)
    policy = policy.may_be_present(x509.KeyUsage, _ANY, _may_sign)
    policy = policy.require_present(x509.BasicConstraints, _ANY, None)
    return policy.may_be_present(x509.ExtendedKeyUsage, _ANY, _good_for(usage))


def _leaf_policy(usage: x509.ObjectIdentifier | None) -> ExtensionPolicy:
    policy = ExtensionPolicy.webpki_defaults_ee()
    policy = policy.may_be_present(x509.AuthorityKeyIdentifier, _ANY, None)
    return policy.may_be_present(x509.ExtendedKeyUsage, _ANY, _good_for(usage))


def _may_sign(_: Policy, certificate: x509.Certificate, usage: x509.KeyUsage | None) -> None:
    if usage is not None and not usage.key_cert_sign:
        raise ValueError(f"the key usage of {certificate.subject.rfc4514_string()} has no keyCertSign")


def _good_for(
    usage: x509.ObjectIdentifier | None,
) -> Callable[[Policy, x509.Certificate, x509.ExtendedKeyUsage | None], None]:
    """Refuses an extended key usage that names others; who names none may be used for any."""

    def check(_: Policy, certificate: x509.Certificate, named: x509.ExtendedKeyUsage | None) -> None:
        wanted = {usage, ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE}
        if usage is not None and named is not None and wanted.isdisjoint(named):
            raise ValueError(f"the extended key usage of {certificate.subject.rfc4514_string()} names others")

    return check


def _subject(host: str) -> x509.DNSName | x509.IPAddress:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
