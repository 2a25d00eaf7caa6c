"""What nats-server is told about the link, on both sides, as the parts of its configuration file.

A region's link ends in an account of its own, LINK, which has no user and no stream. It is joined
to the region's account by name: what is not listed in `region_accounts` has no way across, whatever
the hub is configured to ask for. A server that was made to forge replies gets round it, because
nats-server takes the subject from there after it was checked: open, see tests/federation/test_rogue.py.
The hub in turn gives each region a user that may send and
receive the same few subjects and no other region's.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

STEWARD, LINK = "STEWARD", "LINK"
DOWN = "DOWN"
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


def metered(region: str, epoch: int) -> str:
    """Prefix of the subjects on which a region with a byte budget forwards to its own uplink."""
    return f"uplink.{region}.{epoch}"


def source_api(domain: str, stream: str) -> list[str]:
    """All that sourcing needs of another instance's JetStream: to make its consumer and to look.

    Without the form that has no trailing token a source stays at 0, with no error anywhere.
    """
    api = f"$JS.{domain}.API"
    return [
        f"{api}.CONSUMER.CREATE.{stream}",
        f"{api}.CONSUMER.CREATE.{stream}.>",
        f"{api}.STREAM.INFO.{stream}",
    ]


def flow(stream: str) -> str:
    """Where the reader of a stream says that it keeps up: from the hub for an uplink, to it for DOWN."""
    return f"$JS.FC.{stream}.>"


# Where a server awaits the answer to its own request, and where it awaits one that crossed accounts.
_ANSWERS, _MAPPED_ANSWERS = "$JSC.R.>", "_R_.>"


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
            "subscribe": {"allow": [*receives, _MAPPED_ANSWERS]},
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


def leaf_users(hub: str, members: Iterable[Member]) -> list[Json]:
    """The users of all regions that may connect now."""
    return [leaf_user(hub, member) for member in members]


def region_settings(region: str, url: str, seed: str, tls: Tls) -> Json:
    """The region's part beside its accounts: it calls the hub, nothing listens. Holds the link's seed."""
    remote = {"url": url, "account": LINK, "nkey": seed, "tls": tls.block()}
    return {"jetstream": {"domain": region}, "leafnodes": {"remotes": [remote], "reconnect": "5s"}}


def region_accounts(region: str, hub: str, stream: str) -> dict[str, Json]:
    """Exports and imports of STEWARD and LINK at a region whose uplink is `stream`.

    The server maps ``$JS.<domain>.API`` to ``$JS.API`` in every account before it looks for an
    import, so LINK imports under that name; it imports once more under the domain's, because only
    an import's own name is told to the hub as something that is answered here.
    """
    asked = [subject.replace(f"$JS.{region}.", "$JS.", 1) for subject in source_api(region, stream)]
    sent, received = (f"{deliver_up(region)}.>", beat(region)), f"{deliver_down(region)}.>"
    ask_hub = [*source_api(hub, DOWN), flow(DOWN)]
    answered = [
        _service(subject, name) for subject in asked for name in (subject, _in_domain(subject, region))
    ]
    return {
        STEWARD: {
            "exports": [
                *({"service": subject, "accounts": [LINK]} for subject in (*asked, flow(stream))),
                *({"stream": subject, "accounts": [LINK]} for subject in sent),
            ],
            "imports": [
                *({"service": {"account": LINK, "subject": subject}} for subject in ask_hub),
                {"stream": {"account": LINK, "subject": received}},
            ],
        },
        LINK: {
            "exports": [
                *({"service": subject, "accounts": [STEWARD]} for subject in ask_hub),
                {"stream": received, "accounts": [STEWARD]},
            ],
            "imports": [
                *answered,
                _service(flow(stream), flow(stream)),
                *({"stream": {"account": STEWARD, "subject": subject}} for subject in sent),
            ],
        },
    }


def _in_domain(subject: str, domain: str) -> str:
    return subject.replace("$JS.", f"$JS.{domain}.", 1)


def _service(subject: str, name: str) -> Json:
    found: Json = {"service": {"account": STEWARD, "subject": subject}}
    return found if name == subject else {**found, "to": name}
