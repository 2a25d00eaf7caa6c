"""The link in nats-server's configuration, on both sides, as the parts of its configuration file.

A link ends in an account that has streams of its own and nothing else: ``LINK`` at a region, one
``LINK_<region>`` for each region at the hub. nats-server trusts the other end of a link
more than its permissions say (decision 13), so that whatever is in that account may be read, changed and
deleted from there. STEWARD, where the services are, asks it and publishes into it; nothing leads
back. What has come is fetched by the gateway, as a client.
"""

from collections.abc import Iterable
from typing import Any

from deploy.federation.membership.hub import Member
from deploy.federation.pki.certificates import Tls
from shared.federation.protocol import (
    LINK,
    STEWARD,
    account,
    api,
    carried,
    deliver_down,
    deliver_up,
    direct_batch,
    direct_get,
    domain_api,
    forwarded_down,
    forwarded_up,
    heartbeat_subject,
    link,
    uplink,
)
from shared.messaging.stream_names import DOWN

Json = dict[str, Any]


def source_api(domain: str, stream: str) -> list[str]:
    """All that sourcing needs of another instance's JetStream: to make a consumer, and to look.

    Without the form that has no trailing token a source stays at 0.
    """
    asked = (f"CONSUMER.CREATE.{stream}", f"CONSUMER.CREATE.{stream}.>", f"STREAM.INFO.{stream}")
    return [f"{domain_api(domain)}.{one}" for one in asked]


def flow(stream: str) -> str:
    """Where the reader of a stream says that it keeps up: from the hub for an uplink, to it for DOWN."""
    return f"$JS.FC.{stream}.>"


_ANSWERS = "$JSC.R.>"  # where a server awaits the answer to its own request


def leaf_user(hub: str, member: Member) -> Json:
    """A region's user at the hub: what its link may send (publish) and receive (subscribe)."""
    stream = uplink(member.region, member.epoch)
    sends = [
        f"{deliver_up(member.region)}.>",
        heartbeat_subject(member.region),
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
    """The hub's part without its accounts; regions prove themselves twice, by certificate and NKEY.

    They call the address that they were given: the hub's server names no other, such as one of its own
    network, which a region would call in turn.
    """
    return {
        "jetstream": {"domain": hub},
        "leafnodes": {"listen": listen, "no_advertise": True, "tls": {**_tls(tls), "verify": True}},
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
    """The region's part without its accounts: it calls the hub, nothing listens. Holds the link's seed."""
    remote = {"url": url, "account": LINK, "nkey": seed, "tls": _tls(tls)}
    return {"jetstream": {"domain": region}, "leafnodes": {"remotes": [remote], "reconnect": "5s"}}


def region_accounts(region: str, hub: str) -> dict[str, Json]:
    """The account of a region's link, and how STEWARD reaches it: the beat is heard there, nothing else."""
    subjects = [f"{forwarded_up(region)}.>", f"{carried(hub, 'down')}.>"]
    heard = heartbeat_subject(region)
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


def _tls(tls: Tls) -> Json:
    files = {"cert_file": tls.certificate, "key_file": tls.key, "ca_file": tls.authority}
    return {**files, "handshake_first": True, "timeout": 30}


def _end(subjects: Iterable[str]) -> Json:
    """An account where a link ends: streams, and what STEWARD may ask and put there."""
    asked = [{"service": subject, "accounts": [STEWARD]} for subject in (f"{api()}.>", *subjects)]
    read = {"service": f"{direct_get()}.>", "accounts": [STEWARD], "response_type": "stream"}
    return {"jetstream": "enabled", "exports": [*asked, read]}


def _imports(subjects: Iterable[str], region: str = "") -> list[Json]:
    """What STEWARD takes of that account."""
    end = link(region)
    named = {f"{api()}.>": f"{api(end)}.>", f"{direct_get()}.>": f"{direct_batch(end)}.>"}
    named |= {subject: subject for subject in subjects}
    return [
        {"service": {"account": account(region), "subject": subject}, "to": name}
        for subject, name in named.items()
    ]
