"""What nats-server is told about the link, on both sides, as the parts of its configuration file.

A link ends in an account that has streams of its own and nothing else: ``LINK`` at a region, one
``LINK_<region>`` for each region at the hub. nats-server believes whoever is at the other end of a link
more than its permissions say (decision 13), so that whatever is in that account may be read, changed and
deleted from there. STEWARD, where the services are, asks it and publishes into it; nothing leads
back. What has come is fetched by the gateway, as a client.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

STEWARD, LINK = "STEWARD", "LINK"
DOWN = "DOWN"
_API = "$JS.API"
Json = dict[str, Any]


@dataclass(frozen=True)
class Tls:
    """Files of one end: its certificate, its key, and the authority whose certificates it accepts."""

    certificate: str
    key: str
    authority: str

    def block(self) -> Json:
        """As nats-server's configuration has it."""
        files = {"cert_file": self.certificate, "key_file": self.key, "ca_file": self.authority}
        return {**files, "handshake_first": True, "timeout": 30}


@dataclass(frozen=True)
class Member:
    """A region as the hub knows it: its name, the public NKEY of its link, its epoch, whether it may speak."""

    region: str
    nkey: str
    epoch: int = 1
    active: bool = True


def uplink(region: str, epoch: int) -> str:
    """The stream of a region that its hub reads.

    The epoch is in the name because a hub that had read further before the region was restored from
    a backup would otherwise wait for numbers that never come.
    """
    return f"UPLINK_{region}_{epoch}"


def deliver_up(region: str) -> str:
    """Prefix of the subjects on which a region's figures are delivered to the hub."""
    return f"_FED.up.{region}"


def deliver_down(region: str) -> str:
    """Prefix of the subjects on which the hub's publications are delivered to a region."""
    return f"_FED.down.{region}"


def beat(region: str) -> str:
    """Subject on which a region says every few seconds that it is there, and how far it has come."""
    return f"_FED.beat.{region}"


def account(region: str = "") -> str:
    """The account where a link ends: at a region its only one, at the hub that of `region`."""
    return f"{LINK}_{region}" if region else LINK


def link_api(region: str = "") -> str:
    """Prefix under which STEWARD asks for the streams of that account."""
    return f"_LINK.{region}.API" if region else "_LINK.API"


def link_read(region: str = "") -> str:
    """Prefix under which STEWARD reads a stream of that account directly, many messages at a time."""
    return f"_LINK.{region}.READ" if region else "_LINK.READ"


def forwarded_up(region: str, epoch: int) -> str:
    """Prefix of the subjects on which a region's gateway puts events into the uplink."""
    return f"uplink.{region}.{epoch}"


def forwarded_down(region: str) -> str:
    """Prefix of the subjects on which the hub's gateway puts publications where `region` reads them."""
    return f"downlink.{region}"


def carried(instance: str, reach: str) -> str:
    """Prefix of the subjects on which an administrator puts what a person carried from `instance`."""
    return f"carried.{instance}.{reach}"


def source_api(domain: str, stream: str) -> list[str]:
    """All that sourcing needs of another instance's JetStream: to make a consumer, and to look.

    Without the form that has no trailing token a source stays at 0.
    """
    asked = (f"CONSUMER.CREATE.{stream}", f"CONSUMER.CREATE.{stream}.>", f"STREAM.INFO.{stream}")
    return [f"$JS.{domain}.API.{one}" for one in asked]


def flow(stream: str) -> str:
    """Where the reader of a stream says that it keeps up: from the hub for an uplink, to it for DOWN."""
    return f"$JS.FC.{stream}.>"


_ANSWERS = "$JSC.R.>"  # where a server awaits the answer to its own request


def leaf_user(hub: str, member: Member) -> Json:
    """A region's user at the hub: what its link may send (publish) and receive (subscribe)."""
    stream = uplink(member.region, member.epoch)
    sends = [
        f"{deliver_up(member.region)}.>",
        beat(member.region),
        *source_api(hub, DOWN),
        flow(DOWN),
        _ANSWERS,
    ]
    receives = [f"{deliver_down(member.region)}.>", *source_api(member.region, stream), flow(stream)]
    return {
        "nkey": member.nkey,
        "permissions": {
            "publish": {"allow": sends},
            "subscribe": {"allow": [*receives, _ANSWERS]},
        },
    }


def hub_settings(hub: str, listen: str, tls: Tls) -> Json:
    """The hub's part beside its accounts; regions prove themselves twice, by certificate and NKEY.

    They call the address that they were given: the hub's server names no other, such as one of its own
    network, which a region would call in turn.
    """
    return {
        "jetstream": {"domain": hub},
        "leafnodes": {"listen": listen, "no_advertise": True, "tls": {**tls.block(), "verify": True}},
    }


def hub_accounts(hub: str, members: Iterable[Member]) -> dict[str, Json]:
    """One account for each region, and how STEWARD reaches it; only who is active has a user there."""
    found: dict[str, Json] = {STEWARD: {"imports": []}}
    for member in members:
        region = member.region
        subjects = [f"{forwarded_down(region)}.>", f"{carried(region, 'up')}.>"]
        users = [leaf_user(hub, member)] if member.active else []
        found[account(region)] = {**_end(subjects), "users": users}
        found[STEWARD]["imports"] += _imports(subjects, region)
    return found


def region_settings(region: str, url: str, seed: str, tls: Tls) -> Json:
    """The region's part beside its accounts: it calls the hub, nothing listens. Holds the link's seed."""
    remote = {"url": url, "account": LINK, "nkey": seed, "tls": tls.block()}
    return {"jetstream": {"domain": region}, "leafnodes": {"remotes": [remote], "reconnect": "5s"}}


def region_accounts(region: str, hub: str) -> dict[str, Json]:
    """The account of a region's link, and how STEWARD reaches it: the beat is heard there, nothing else."""
    subjects = [f"uplink.{region}.>", f"{carried(hub, 'down')}.>"]
    heard = beat(region)
    return {
        STEWARD: {
            "exports": [{"stream": heard, "accounts": [LINK]}],
            "imports": _imports(subjects),
        },
        LINK: {
            **_end(subjects),
            "imports": [{"stream": {"account": STEWARD, "subject": heard}}],
        },
    }


def _end(subjects: Iterable[str]) -> Json:
    """An account where a link ends: streams, and what STEWARD may ask and put there."""
    asked = [{"service": subject, "accounts": [STEWARD]} for subject in (f"{_API}.>", *subjects)]
    read = {"service": f"{_API}.DIRECT.GET.>", "accounts": [STEWARD], "response_type": "stream"}
    return {"jetstream": "enabled", "exports": [*asked, read]}


def _imports(subjects: Iterable[str], region: str = "") -> list[Json]:
    """What STEWARD takes of that account."""
    named = {f"{_API}.>": f"{link_api(region)}.>", f"{_API}.DIRECT.GET.>": f"{link_read(region)}.>"}
    named |= {subject: subject for subject in subjects}
    return [
        {"service": {"account": account(region), "subject": subject}, "to": name}
        for subject, name in named.items()
    ]
