"""Certificates as RFC 5280 has them, those that lack what links do without, and those that no link may have."""

from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from cryptography.x509.verification import Criticality, ExtensionPolicy, PolicyBuilder, Store

from deploy.federation.federation_error import FederationError
from deploy.federation.membership.hub import Hub
from deploy.federation.membership.region import Region
from deploy.federation.pki.certificates import Pair
from deploy.federation.store.membership_store import Folder

HOST = "hub.example.org"
NAMES = x509.SubjectAlternativeName([x509.DNSName(HOST)])
SIGNS = x509.BasicConstraints(ca=True, path_length=None)


def usage(*, signs: bool) -> x509.KeyUsage:
    rest = dict.fromkeys(
        ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement"), False
    )
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
        **rest,
    )


@dataclass(frozen=True)
class Maker:
    """Somebody with a key and a name, who signs what others ask for."""

    name: str
    key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey

    def signs(
        self,
        name: str,
        key: object,
        extensions: Sequence[x509.ExtensionType],
        days: int = 30,
        since: timedelta = timedelta(days=-60),
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = x509.CertificateBuilder().subject_name(_name(name)).issuer_name(_name(self.name))
        builder = builder.not_valid_before(now + since).not_valid_after(now + timedelta(days=days))
        builder = builder.serial_number(x509.random_serial_number()).public_key(key.public_key())
        for extension in extensions:
            builder = builder.add_extension(extension, isinstance(extension, x509.BasicConstraints))
        plain = isinstance(self.key, ed25519.Ed25519PrivateKey)
        return builder.sign(self.key, None if plain else hashes.SHA256())

    def own(self, *more: x509.ExtensionType, days: int = 30) -> x509.Certificate:
        return self.signs(self.name, self.key, [SIGNS, *more], days)


def _name(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def curve() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


KEY = curve()
KEY_PEM = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def pem(*certificates: x509.Certificate) -> bytes:
    return b"".join(one.public_bytes(Encoding.PEM) for one in certificates)


@pytest.fixture
def hub(tmp_path: Path) -> Hub:
    hub = Hub(Folder(tmp_path / "hub"))
    hub.init("hub", [HOST, "10.0.0.1"], 7422)
    return hub


def test_what_a_hub_signs_passes_where_certificates_of_the_web_are_asked_for(
    hub: Hub, tmp_path: Path
) -> None:
    authority = x509.load_pem_x509_certificate(hub.folder.read("authority.pem"))
    builder = PolicyBuilder().store(Store([authority]))
    server = x509.load_pem_x509_certificate(hub.folder.read("server.pem"))
    builder.build_server_verifier(x509.DNSName(HOST)).verify(server, [])
    welcome = hub.add(Region(Folder(tmp_path / "north")).request("north"))
    client = x509.load_pem_x509_certificate(welcome["certificate"].encode())
    nameless = ExtensionPolicy.webpki_defaults_ee().may_be_present(
        x509.SubjectAlternativeName, Criticality.AGNOSTIC, None
    )
    builder = builder.extension_policies(ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=nameless)
    builder.build_client_verifier().verify(client, [])
    named = authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    for one in (server, client):
        above = one.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value.key_identifier
        assert above == named
        assert one.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest != named


def test_what_an_earlier_hub_signed_is_taken_until_it_is_renewed(hub: Hub) -> None:
    """Without the identifiers; the authority of then has them and goes on."""
    authority = hub.folder.read("authority.pem")
    key = load_pem_private_key(hub.folder.read("authority-key.pem"), None)
    earlier = Maker("hub federation", key)
    Pair(pem(earlier.signs("hub", KEY, [NAMES])), KEY_PEM, authority).check([HOST])
    hub.renew()
    assert hub.folder.read("authority.pem") == authority
    renewed = x509.load_pem_x509_certificate(hub.folder.read("server.pem"))
    assert renewed.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)


def test_authorities_between_are_followed() -> None:
    root, between = Maker("root", curve()), Maker("between", curve())
    leaf = between.signs("hub", KEY, [NAMES])
    middle = root.signs("between", between.key, [SIGNS, usage(signs=True)])
    Pair(pem(leaf, middle), KEY_PEM, pem(root.own())).check([HOST])
    with pytest.raises(FederationError, match="is not the authority's"):
        Pair(pem(leaf), KEY_PEM, pem(root.own())).check([HOST])
    mute = root.signs("between", between.key, [SIGNS, usage(signs=False)])
    with pytest.raises(FederationError, match="the key usage of CN=between has no keyCertSign"):
        Pair(pem(leaf, mute), KEY_PEM, pem(root.own())).check([HOST])


@pytest.mark.parametrize(
    ("maker", "days", "words"),
    [
        (Maker("weak", rsa.generate_private_key(65537, 1024)), 30, "RSA key is too weak"),
        (Maker("other", ed25519.Ed25519PrivateKey.generate()), 30, "Forbidden public key algorithm"),
        (Maker("old", curve()), -1, "not valid at validation time"),
    ],
    ids=["weak", "of another kind", "out of date"],
)
def test_an_authority_that_no_link_should_trust_is_refused_with_the_reason(
    maker: Maker, days: int, words: str
) -> None:
    leaf = maker.signs("north", KEY, [])
    with pytest.raises(FederationError, match=words) as error:
        Pair(pem(leaf), KEY_PEM, pem(maker.own(days=days))).check()
    assert "\n" not in str(error.value)


def test_one_of_the_future_names_the_clock() -> None:
    root = Maker("root", curve())
    leaf = root.signs("north", KEY, [], since=timedelta(minutes=5))
    with pytest.raises(FederationError, match=r"not valid before .* UTC: set this machine's clock, or wait"):
        Pair(pem(leaf), KEY_PEM, pem(root.own())).check()


def test_the_length_of_a_path_and_the_names_of_an_authority_hold() -> None:
    root, between = Maker("root", curve()), Maker("between", curve())
    short = x509.BasicConstraints(ca=True, path_length=0)
    middle = root.signs("between", between.key, [SIGNS])
    leaf = between.signs("hub", KEY, [NAMES])
    with pytest.raises(FederationError, match="path length"):
        Pair(pem(leaf, middle), KEY_PEM, pem(root.signs("root", root.key, [short]))).check([HOST])
    for domain, words in (("example.org", ""), ("example.com", "no permitted name constraints")):
        named = root.own(x509.NameConstraints([x509.DNSName(domain)], None))
        pair = Pair(pem(root.signs("hub", KEY, [NAMES])), KEY_PEM, pem(named))
        with pytest.raises(FederationError, match=words) if words else nullcontext():
            pair.check([HOST])


def test_a_reason_is_said_without_the_words_of_a_program() -> None:
    root = Maker("root", curve())
    leaf = root.signs("north", KEY, [x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])])
    with pytest.raises(FederationError) as error:
        Pair(pem(leaf), KEY_PEM, pem(root.own())).check()
    assert str(error.value) == (
        "The certificate is not for clients (clientAuth): its extended key usage names others."
        " (the extended key usage of CN=north names others)"
    )


@pytest.mark.parametrize(
    ("hosts", "called"), [(["*.example.org"], HOST), ([HOST.upper()], HOST), ([HOST], HOST.upper())]
)
def test_a_host_is_named_as_dns_has_it(hosts: list[str], called: str) -> None:
    root = Maker("root", curve())
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
    Pair(pem(root.signs("hub", KEY, [names])), KEY_PEM, pem(root.own())).check([called])
    with pytest.raises(FederationError, match="is not for --host"):
        Pair(pem(root.signs(HOST, KEY, [])), KEY_PEM, pem(root.own())).check(
            [called]
        )  # a common name is none
