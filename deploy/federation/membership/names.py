"""Names of instances, hosts and ports, judged before anything is written with them."""

import ipaddress
import re
from collections.abc import Sequence

from deploy.federation.federation_error import FederationError

INSTANCE = re.compile(r"[a-z][a-z0-9-]{0,31}")  # a name that is one token of a subject
PORTS = range(1, 65_536)
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_URL = re.compile(r"tls://(?:\[(?P<six>[^\[\]]+)\]|(?P<host>[^:\[\]]+)):(?P<port>[0-9]{1,5})")
_HOST = 253  # letters that DNS lets a name have


def check_instance(name: str) -> None:
    """Raises FederationError for a name that is not one token of a subject."""
    if not INSTANCE.fullmatch(name):
        raise FederationError(f"{name!r} is no instance name: small letters, digits and hyphens, at most 32.")


def check_host(host: str) -> None:
    """Raises FederationError for what no region could call: a host is a name or an address, without a port."""
    found = _address(host)
    if found is not None:
        if found.is_unspecified or found.is_multicast or "%" in host:
            raise FederationError(f"--host {host!r} is no address that a region could call: say another.")
        return
    labels = host.split(".")
    known = len(host) <= _HOST and all(_LABEL.fullmatch(label) for label in labels)
    if not known or labels[-1].isdigit():
        raise FederationError(
            f"--host {host!r} is neither a name nor an address: say it without port or tls://."
        )


def check_port(port: int) -> None:
    """Raises FederationError."""
    if port not in PORTS:
        raise FederationError(f"--port {port} is no port: say one from 1 to 65535.")


def url(host: str, port: int) -> str:
    """Where regions call: an IPv6 address is in brackets."""
    return f"tls://[{host}]:{port}" if _six(host) else f"tls://{host}:{port}"


def check_url(address: str) -> None:
    """Raises FederationError for what `url` does not write."""
    found = _URL.fullmatch(address)
    if found is None:
        raise FederationError(f"{address!r} is not tls://HOST:PORT")
    check_host(found["six"] or found["host"])
    check_port(int(found["port"]))


def listening(hosts: Sequence[str], port: int) -> str:
    """Where the hub's server listens: on IPv6 too where regions call an address of it."""
    six = any(_six(host) for host in hosts)
    return f"[::]:{port}" if six else f"0.0.0.0:{port}"


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _six(host: str) -> bool:
    return isinstance(_address(host), ipaddress.IPv6Address)
