"""What crosses to a link, on real servers: in order, nothing lost or doubled, on a metered line within its day."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from functools import partial

import pytest
from nats.aio.client import Client
from nats.js.api import StreamConfig
from nats.js.errors import ServiceUnavailableError

from deploy.federation.broker.streams import at_region
from services.gateway.broker import Broker, message
from services.gateway.federation import forwarded, waiting
from services.gateway.federation.bridge import Bridge
from services.gateway.federation.bridge_routes import up
from services.gateway.federation.region import budget
from shared.federation.protocol import IN_LINK
from tests.federation.links import Place, federation
from tests.federation.metered import LIMIT, UP, Days, bridge_of, metered, publish
from tests.servers import wait_for

UPLINK = "UPLINK_north_1"
SECONDS = 60
WINDOW = 0.1


class Killed(Exception):
    """Stands for a process that ends here."""


@pytest.fixture(scope="module")
async def linked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Place, Place]]:
    async with federation(tmp_path_factory.mktemp("ferry"), "north", bridges=False) as (hub, (north,)):
        uplink, _ = at_region("north", "hub", 1)
        uplink.duplicate_window = WINDOW  # an outage outlasts any window: ids must not be what saves us
        await north.link().update_stream(uplink)
        for number in range(3):  # before the line became a metered one
            await publish(north, f"before-{number}")
        broker = Broker(north.settings())
        await broker.connect()
        assert await Bridge(broker, up("north", 1)).forward() == 3
        await broker.close()
        hub.work()
        yield hub, north


@pytest.fixture
async def broker(linked: tuple[Place, Place]) -> AsyncIterator[Broker]:
    found = Broker(linked[1].settings())
    await found.connect()
    yield found
    await found.close()


async def ids(place: Place, stream: str) -> list[str]:
    state = (await place.having(stream).stream_info(stream)).state
    messages = [await place.having(stream).get_msg(stream, number) for number in range(1, state.last_seq + 1)]
    assert {message.subject for message in messages} <= {UP.format("north")}
    return [(message.headers or {})["Nats-Msg-Id"] for message in messages]


async def test_a_day_forwards_what_its_budget_allows_and_the_next_goes_on(
    linked: tuple[Place, Place], broker: Broker
) -> None:
    hub, north = linked
    days, configured = Days(), metered(north)
    for number in range(30):
        await publish(north, f"event-{number}")
    bridge = bridge_of(broker, configured, days)
    first = await bridge.forward()
    assert 10 <= first <= 20
    assert await bridge.forward() == 0
    held = await waiting.at(broker.client, up("north", configured.epoch))
    assert (held.events, held.seconds >= 0) == (30 - first, True)
    last = await message(broker.client, UPLINK, where=IN_LINK, last_by_subj="steward.north.up.>")
    used = budget(configured, forwarded.of(last), held.events)
    assert used is not None
    assert (used.limit, used.waiting) == (LIMIT, 30 - first)
    assert LIMIT - 1200 < used.used <= LIMIT
    assert await bridge_of(broker, configured, days).forward() == 0  # a restart has not forgotten the day
    passed = first
    while passed < 30:
        days.next()
        again = await bridge_of(broker, configured, days).forward()
        assert 0 < again <= first
        passed += again
    assert await ids(north, UPLINK) == await ids(north, "UP")
    await wait_for(hub.reached("NATIONAL", 33), SECONDS)
    assert await ids(hub, "NATIONAL_north") == await ids(north, "UP")


async def test_a_clock_set_back_gives_no_second_budget(linked: tuple[Place, Place], broker: Broker) -> None:
    _, north = linked
    days = Days()
    days.now += timedelta(days=100)
    for number in range(20):
        await publish(north, f"back-{number}")
    first = await bridge_of(broker, metered(north), days).forward()
    days.now -= timedelta(hours=24)
    assert await bridge_of(broker, metered(north), days).forward() == 0
    days.now += timedelta(hours=48)
    assert first + await bridge_of(broker, metered(north), days).forward() == 20


async def test_a_clock_that_was_wrong_by_years_holds_nothing_back_once_it_is_right(
    linked: tuple[Place, Place], broker: Broker
) -> None:
    _, north = linked
    days = Days()
    days.now += timedelta(days=3650)
    for number in range(20):
        await publish(north, f"wrong-{number}")
    first = await bridge_of(broker, metered(north), days).forward()
    assert 0 < first < 20
    days.now -= timedelta(days=3000)
    assert first + await bridge_of(broker, metered(north), days).forward() == 20


async def test_killed_at_any_moment_nothing_is_lost_or_doubled_or_counted_twice(
    linked: tuple[Place, Place], broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the message is stored, or after it and before anybody knows."""
    hub, north = linked
    days, unlimited = Days(), metered(north, 10**9)
    days.now += timedelta(days=200)
    for number in range(12):
        await publish(north, f"killed-{number}", size=10)
    publishing, kills = Client.publish, iter([1, 0, 2, 3, 0, 1] * 10)

    async def interrupted(self: Client, subject: str, *given: object, **how: object) -> None:
        step = next(kills, 9) if subject.startswith("uplink.") else 9
        if step == 0:
            raise Killed
        await publishing(self, subject, *given, **how)  # type: ignore[arg-type]
        if step == 1:
            await self.flush()
            raise Killed

    monkeypatch.setattr(Client, "publish", interrupted)
    deaths = 0
    for _ in range(60):
        try:
            await bridge_of(broker, unlimited, days).forward()
            break
        except Killed:
            deaths += 1
    monkeypatch.undo()
    assert deaths >= 6
    everything = await ids(north, "UP")
    assert await ids(north, UPLINK) == everything
    assert len(set(everything)) == len(everything)
    last = await north.link().get_msg(UPLINK, len(everything))
    first = await north.link().get_msg(UPLINK, len(everything) - 11)
    used = [int((message.headers or {})["Steward-Day-Bytes"]) for message in (first, last)]
    assert 11 * used[0] <= used[1] <= 13 * used[0]
    await wait_for(hub.reached("NATIONAL", len(everything)), SECONDS)
    assert await ids(hub, "NATIONAL") == everything


async def test_two_replicas_forward_each_event_once_and_in_order(
    linked: tuple[Place, Place], broker: Broker
) -> None:
    hub, north = linked
    days, unlimited = Days(), metered(north, 10**9)
    days.now += timedelta(days=300)
    for number in range(60):
        await publish(north, f"both-{number}", size=10)
    everything = await ids(north, "UP")

    async def until_done() -> int:
        bridge, count = bridge_of(broker, unlimited, days), 0
        while await north.count(UPLINK) < len(everything):
            count += await bridge.forward()
        return count

    counts = await asyncio.gather(until_done(), until_done())
    assert sum(counts) == 60
    assert await ids(north, UPLINK) == everything
    await wait_for(hub.reached("NATIONAL", len(everything)), SECONDS)
    assert await ids(hub, "NATIONAL_north") == everything


async def test_a_replica_that_was_held_up_adds_nothing(
    linked: tuple[Place, Place], broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, north = linked
    days, unlimited = Days(), metered(north, 10**9)
    days.now += timedelta(days=350)
    for number in range(3):
        await publish(north, f"held-up-{number}", size=10)
    publishing = Client.publish

    async def held_up(self: Client, subject: str, *given: object, **how: object) -> None:
        if subject.startswith("uplink."):
            monkeypatch.undo()
            assert await bridge_of(broker, unlimited, days).forward() == 3
            await asyncio.sleep(2 * WINDOW)  # until its id is forgotten
        await publishing(self, subject, *given, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(Client, "publish", held_up)
    assert await bridge_of(broker, unlimited, days).forward() == 0
    assert await ids(north, UPLINK) == await ids(north, "UP")


async def test_an_event_above_the_budget_goes_alone(linked: tuple[Place, Place], broker: Broker) -> None:
    _, north = linked
    days = Days()
    days.now += timedelta(days=400)
    await publish(north, "small-before", size=10)
    await publish(north, "large", size=LIMIT)
    await publish(north, "small-after", size=10)
    counts = []
    for _ in range(3):
        counts.append(await bridge_of(broker, metered(north), days).forward())
        days.next()
    assert counts == [1, 1, 1]


async def test_a_new_line_of_a_later_epoch_begins_with_all_that_up_has(
    linked: tuple[Place, Place], broker: Broker
) -> None:
    _, north = linked
    north.federation.restored()
    north.server.reload()
    await wait_for(north.logged("Reloaded: authorization users"), 10)
    uplink, _ = at_region("north", "hub", 2)
    await wait_for(partial(added, north, uplink), 10)
    later = metered(north, 10**9).model_copy(update={"epoch": 2})
    assert await bridge_of(broker, later, Days()).forward() == await north.count("UP")
    state = (await north.link().stream_info("UPLINK_north_2")).state
    assert state.messages == await north.count("UP")


async def added(place: Place, config: StreamConfig) -> bool:
    """While the server takes over its accounts, JetStream is away for a moment."""
    try:
        await place.link().add_stream(config)
    except ServiceUnavailableError:
        return False
    return True
