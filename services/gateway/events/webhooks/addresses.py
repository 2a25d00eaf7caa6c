"""Which network addresses a webhook may be sent to: public ones, and those that the operator allows. Pure."""

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

LONGEST = 2000  # characters of an address of a receiver
# Beside what is not global: networks whose addresses stand for others, or that are nobody's in particular.
_REFUSED = [
    ipaddress.ip_network(text)
    for text in (
        "::ffff:0:0/96",  # IPv4-mapped
        "::ffff:0:0:0/96",  # IPv4-translated (RFC 2765)
        "::/96",  # IPv4-compatible, long given up
        "64:ff9b::/96",  # NAT64 (RFC 6052)
        "64:ff9b:1::/48",  # NAT64 with a prefix of the operator's own (RFC 8215)
        "2002::/16",  # 6to4 (RFC 3056)
        "192.88.99.0/24",  # relays of 6to4
        "2001::/32",  # Teredo (RFC 4380)
        "fec0::/10",  # site-local, long given up
        "192.0.0.0/24",  # protocol assignments
        "100.64.0.0/10",  # carrier-grade NAT (RFC 6598)
    )
]


class Refused(Exception):
    """A webhook may not be sent there; the text is its reason."""


def networks(text: str) -> list[Network]:
    """The networks of a setting, comma-separated. Raises ValueError."""
    return [ipaddress.ip_network(part.strip()) for part in text.split(",") if part.strip()]


def check_url(url: str, allowed: Iterable[Network]) -> None:
    """Raises Refused unless `url` can be a receiver's; where its host is a number, unless that may be sent to.

    Without TLS only what the operator allows is sent to: what is on the way there is the operator's own.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise Refused("It cannot be read.") from None
    if len(url) > LONGEST or not url.isascii() or any(sign <= " " or sign in '\\"<>^`{|}' for sign in url):
        raise Refused("It has signs that an address has not, or too many.")
    if parts.scheme not in ("https", "http") or not host or port == 0:
        raise Refused("It must begin with https:// and name a host.")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Refused("It must have no user, password or fragment.")
    networks_allowed = list(allowed)
    if parts.scheme == "http" and not networks_allowed:
        raise Refused("It must begin with https://.")
    if (number := as_number(host)) is not None:
        check(number, networks_allowed, tls=parts.scheme == "https")


def as_number(host: str) -> Address | None:
    """The address that a host is, where it is none of names. Raises Refused for other spellings of a number.

    Resolvers take `127.1`, `0x7f000001` and `2130706433` for an address as well.
    """
    try:
        return ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        last = host.rstrip(".").rpartition(".")[2].lower()
        if last.isdigit() or last.startswith("0x") or ":" in host:
            raise Refused("It names no host.") from None
        return None


def check(address: Address, allowed: Iterable[Network], *, tls: bool = True) -> None:
    """Raises Refused unless the address is public, or in a network that is allowed."""
    if any(address in network for network in allowed if network.version == address.version):
        return
    if not tls:
        raise Refused("It must begin with https://.")
    if not _is_public(address):
        raise Refused("It is in a network that webhooks are not sent to.")


def _is_public(address: Address) -> bool:
    refused = any(address in network for network in _REFUSED if network.version == address.version)
    special = address.is_multicast or address.is_reserved or address.is_unspecified
    return address.is_global and not (refused or special)
