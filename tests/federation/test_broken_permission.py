"""Permissions broken on purpose, at a region and for it at the hub: then the test of privacy sees what is local.

So that which is said to be absent from the link would be seen if it were there. Everything but the
broken permission is as ever: configuration, TLS, and the line that keeps what passes.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from nats.aio.msg import Msg

from deploy.federation.broker import configuration
from deploy.federation.broker.configuration import leaf_user, region_accounts
from deploy.federation.membership.hub import Member
from deploy.local import nats as local_nats
from deploy.local.processes import free_port
from shared.federation.protocol import LINK, STEWARD
from tests.federation.asking import in_link, overheard
from tests.federation.links import Place, federation
from tests.federation.wire import Message, messages
from tests.federation.wiretap import Line
from tests.servers import wait_for

pytestmark = pytest.mark.slow(30)

UP = "steward.north.up.evaluation.indicator-computed.v1"
LOCAL = "steward.north.local.registry.people-changed.v1"
LEAK = "steward.north.local.>"
PERSON = b"Ama Kamara"
SECONDS = 60


def leaking_region(*given: str) -> dict[str, Any]:
    """A region's accounts that hand its local events to the link."""
    accounts = region_accounts(*given)
    accounts[STEWARD]["exports"].append({"stream": LEAK, "accounts": [LINK]})
    accounts[LINK]["imports"].append({"stream": {"account": STEWARD, "subject": LEAK}})
    return accounts


def leaking_user(hub: str, member: Member) -> dict[str, Any]:
    """A region's user at the hub that may send its local events."""
    user = leaf_user(hub, member)
    user["permissions"]["publish"]["allow"].append(LEAK)
    return user


def broken(patch: pytest.MonkeyPatch, *, at_region: bool, at_hub: bool) -> None:
    if at_region:
        patch.setattr(configuration, "region_accounts", leaking_region)
    if at_hub:
        patch.setattr(configuration, "leaf_user", leaking_user)


@dataclass
class Seen:
    """What was seen of a local event: subjects that a subscriber at the hub heard, and the wire's messages."""

    heard: list[str]
    on_wire: list[Message]
    wire: bytes


async def look(folder: Path, patch: pytest.MonkeyPatch) -> Seen:
    """Publish a local event and then a figure in a region; once the figure is at the hub, look for the other."""
    heard: list[str] = []

    async def note(message: Msg) -> None:
        heard.append(message.subject)

    patch.setattr(local_nats, "federated", overheard)
    lines: list[Line] = []

    async def opening(hub: Place) -> None:
        lines.append(Line(folder, ["north"], hub.server.link_port, via))
        await lines[0].open()

    via = free_port()
    async with federation(folder, "north", via=via, opening=opening) as (hub, (north,)):
        line = lines[0]
        try:
            await (client := await in_link(hub, "north")).subscribe(LEAK, cb=note)
            await client.flush()
            await north.admin.publish(
                UP, b"figures before"
            )  # the link stands, with all that is asked over it
            await wait_for(hub.reached("NATIONAL_north", 1), SECONDS)
            await north.admin.publish(LOCAL, PERSON)
            await north.admin.publish(UP, b"figures after")
            await wait_for(hub.reached("NATIONAL_north", 2), SECONDS)
            await client.flush()
        finally:
            await line.cut()
    flows = [one for flow in line.flows["north"] for one in messages(bytes(flow))]
    assert b"figures after" in {one.body for one in flows}  # the line can be read
    return Seen(heard, [one for one in flows if PERSON in one.body], bytes(line.passed["north"]))


@pytest.mark.parametrize("at_hub", [False, True], ids=["nothing", "the hub's"])
async def test_a_permission_of_the_hub_alone_opens_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at_hub: bool
) -> None:
    broken(monkeypatch, at_region=False, at_hub=at_hub)
    seen = await look(tmp_path, monkeypatch)
    assert (seen.heard, seen.on_wire) == ([], [])
    assert PERSON not in seen.wire


async def test_a_permission_of_the_region_alone_is_refused_by_the_hub(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch, at_region=True, at_hub=False)
    assert (await look(tmp_path, monkeypatch)).heard == []


async def test_with_both_broken_the_local_event_is_seen_at_the_hub_and_on_the_wire(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken(monkeypatch, at_region=True, at_hub=True)
    seen = await look(tmp_path, monkeypatch)
    assert seen.heard == [LOCAL]
    assert [one.subject for one in seen.on_wire] == [LOCAL]
    assert PERSON in seen.wire
