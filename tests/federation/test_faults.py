"""A hub and two regions as whole stacks on real links, broken in the middle: lost 0, doubled 0, every time.

Each fault strikes while new figures are made. After it the hub's figures are, unit by unit and version
by version, what the regions say that they published; and the events that are in the regions'
outboxes are, by their ids, those in every stream on the way and in the inbox of each reader at the
hub: none is missing, none is there twice, and no other is there.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio

from deploy.demo import timeline
from tests.federation import ledger, nation, people_between, privacy, wire
from tests.federation.instance import Instance, broker
from tests.federation.instances import SECONDS, Instances, rate, running
from tests.federation.published import KINDS
from tests.servers import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.slow(280), pytest.mark.timeout(600)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def federation() -> AsyncIterator[Instances]:
    async with running("north", "south") as started:
        yield started


async def test_figures_meet(federation: Instances) -> None:
    await federation.check()


async def test_the_link_cut_under_load(federation: Instances) -> None:
    await federation.line.cut()
    before = await federation.before()
    await federation.rate_everybody("cut")
    for name, events in (await federation.sent_more(before.sent)).items():
        assert not events & (await ledger.streamed(federation.hub, "NATIONAL", name)).keys()
    await federation.line.open()
    await federation.check(since=before)


async def grows(federation: Instances) -> None:
    """Wait until a transfer is under way."""
    count = "select count(*) from inbox"
    before = await federation.hub.count("planning", count)

    async def more() -> bool:
        return await federation.hub.count("planning", count) > before

    await wait_for(more, 60)


async def test_the_hub_killed_in_the_middle(federation: Instances) -> None:
    async def killed() -> None:
        await grows(federation)
        await federation.hub.kill()

    before = await federation.before()
    await asyncio.gather(federation.rate_everybody("hub"), killed())
    await federation.sent_more(before.sent)
    await federation.check(since=before)


async def test_a_region_killed_in_the_middle(federation: Instances) -> None:
    async def killed() -> None:
        await grows(federation)
        await federation.regions["north"].kill()

    before = await federation.before()
    await asyncio.gather(federation.rate_everybody("region"), killed())
    await federation.sent_more(before.sent)
    await federation.check(since=before)


async def test_both_killed_in_the_middle(federation: Instances) -> None:
    async def killed() -> None:
        await grows(federation)
        await asyncio.gather(federation.hub.kill(), federation.regions["south"].kill())

    before = await federation.before()
    await asyncio.gather(federation.rate_everybody("both"), killed())
    await federation.sent_more(before.sent)
    await federation.check(since=before)


async def test_clocks_that_are_an_hour_apart(federation: Instances) -> None:
    """South's an hour ahead of the others; then the hub's an hour ahead of south's and two of north's."""
    hub, south = federation.hub, federation.regions["south"]
    assert south.run is not None
    before = await federation.before()
    await timeline.advance(south.run.api, timedelta(hours=1))
    await rate(south, "an hour ahead")
    await federation.sent_more(before.sent, "south")
    await federation.check(since=before, names=["south"])
    before = await federation.before()
    async with hub.asked() as api:
        await timeline.advance(api, timedelta(hours=2))
    await federation.rate_everybody("behind the hub")
    await federation.sent_more(before.sent)
    await federation.check(since=before)


async def test_one_event_that_is_lost_or_that_nobody_sent_is_seen(federation: Instances) -> None:
    """In an inbox at the hub; and where an outbox does not know what it sent, as after rows that a crash took."""
    hub, north = federation.hub, federation.regions["north"]
    kind = "%.up.evaluation.indicator-computed.v1"
    first = "select event_id from outbox where subject like $1 and sent_at is not null limit 1"
    ((sent,),) = await north.rows("evaluation", first, kind)
    ((reader,),) = await hub.rows("evaluation", "select consumer from inbox where event_id = $1", sent)
    gone = "delete from inbox where consumer = $1 and event_id = $2"
    there = "insert into inbox (consumer, event_id) values ($1, $2)"
    other = "update outbox set event_id = $2 where event_id = $1"
    strange = uuid4()
    for place, spoil, mend, values in (
        (hub, gone, there, (reader, sent)),
        (hub, there, gone, (reader, strange)),
        (north, other, other, (sent, strange)),
    ):
        await federation.check()
        await place.rows("evaluation", spoil, *values)
        assert not await federation.accounted({})
        await place.rows("evaluation", mend, *(values[::-1] if mend == other else values))
    await federation.check()


async def test_a_figure_or_a_unit_that_is_not_the_regions_is_seen(federation: Instances) -> None:
    """In the hub's tables; and of figures of a whole region in what its gateway shows."""
    await federation.check()
    told, tops = await federation.told()
    where = "where kind = $1 and region = $2 and unit_code = $3"
    figure = "update national_figure set figures[1] = figures[1] {} 1 " + where
    for kind, of in KINDS.items():
        await federation.hub.rows(of.service, figure.format("+"), kind, "south", tops["south"])
        assert not await nation.shown(federation.hub, told, tops), kind
        assert not await federation.met(), kind
        await federation.hub.rows(of.service, figure.format("-"), kind, "south", tops["south"])
    place = "update national_unit set type = {} where region = 'north' and parent is null"
    await federation.hub.rows("planning", place.format("type || '.'"))
    assert not await federation.met()
    await federation.hub.rows("planning", place.format("rtrim(type, '.')"))
    assert await federation.met()


async def test_people_pass_between_regions_as_sealed_files(
    federation: Instances, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """What the line saw of it is looked at in the next test, which knows these people too."""
    north, south = (federation.regions[name] for name in ("north", "south"))
    await people_between.own_units(federation)
    files = await people_between.parted(federation, monkeypatch, tmp_path)
    file, _ = await people_between.moved(north, south, federation.hub, monkeypatch, tmp_path)
    secrets = privacy.Secrets(await privacy.personal(north) | await privacy.personal(south))
    assert [secrets.seen(path.read_bytes()) for path in (*files, file)] == [set()] * 5


async def test_nothing_personal_went_over_the_line_all_the_while(federation: Instances) -> None:
    """Whatever passed since the start: cut off, sent again after a kill, caught up with, in both directions."""
    for name, region in federation.regions.items():
        flows = [bytes(flow) for flow in federation.line.flows[name]]
        assert len(flows) > 4  # each link was cut
        passed = sum((privacy.kinds(flow, name) for flow in flows), Counter())
        assert min(passed[kind] for kind in ("up", "down", "beat", "servers")) > 2, passed
        asked = {subject for flow in flows for subject in wire.interests(flow)}
        assert not [subject for subject in asked if ".local." in subject or subject in (">", "steward.>")]
        secrets = privacy.Secrets(await privacy.personal(region))
        assert len(secrets.words) > 20_000
        assert [secrets.seen(flow) for flow in flows] == [set()] * len(flows)
        documents = [privacy.released(flow) for flow in flows]
        assert any(documents)
        assert [secrets.seen(document) for document in documents] == [set()] * len(flows)
        await would_be_seen(federation, region, secrets)


async def would_be_seen(federation: Instances, region: Instance, secrets: privacy.Secrets) -> None:
    """Some of the secrets, sent up on purpose as events that nobody reads: the line shows them."""
    chosen = secrets.words[:: len(secrets.words) // 20]
    async with broker(region) as client:
        for word in chosen:
            await client.jetstream().publish(f"steward.{region.name}.up.registry.units-changed.v9", word)
    last = chosen[-1]
    await wait_for(lambda: any(last in flow for flow in federation.line.flows[region.name]), SECONDS)
    seen = set().union(*(secrets.seen(bytes(flow)) for flow in federation.line.flows[region.name]))
    assert seen >= set(chosen)
