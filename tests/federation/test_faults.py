"""A hub and two regions as whole stacks on real links, broken in the middle: lost 0, doubled 0, every time.

After each fault the hub's figures are, unit by unit and version by version, what the regions say
that they published; and every event that a region sent up is in the inbox of each reader at the
hub exactly once.
"""

import asyncio
import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
import pytest_asyncio

from deploy.demo import timeline
from deploy.services import consumers_of, owners
from tests.federation.instance import Instance, broker
from tests.federation.instances import SECONDS, Instances, rate, running
from tests.servers import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(600)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def federation() -> AsyncIterator[Instances]:
    async with running("north", "south") as started:
        yield started


async def test_figures_meet_and_nothing_personal_went_over_the_line(federation: Instances) -> None:
    await federation.check()
    for region in federation.regions.values():
        passed = bytes(federation.line.passed[region.name])
        assert len(passed) > 50_000
        for word in (b"registry.units-changed", b"assessment.rollups-published", b"planning.totals-computed"):
            assert word in passed  # what is looked for could be seen
        assert [word for word in LOCAL if word in passed] == []
        secret = await personal(region)
        assert len(secret) > 2_000
        assert [word for word in secret if word in passed] == []
        await would_be_seen(federation, region, min(secret))


async def would_be_seen(federation: Instances, region: Instance, word: bytes) -> None:
    """One secret word, sent up on purpose as an event that nobody reads: the line shows it."""
    async with broker(region) as jetstream:
        await jetstream.publish(f"steward.{region.name}.up.registry.units-changed.v9", word)
    await wait_for(lambda: word in federation.line.passed[region.name], SECONDS)


LOCAL = [
    event.type().encode()
    for service in owners()
    for event in {consumer.event for consumer in consumers_of(service).running(hub=False)}
    if event.reach.value == "local"
]
# A name in quotes, as JSON has it, and with the other name; a short one alone stands in random ids too.
_PERSONAL = {
    "registry": [
        """select '"' || given_name || '"' from person""",
        """select '"' || family_name || '"' from person""",
        "select given_name || ' ' || family_name from person",
        "select phone from person",
        "select email from person",
        "select external_id from person where length(external_id) > 5",
        "select person_id::text from person",
        "select post_id::text from post",
    ],
    "assessment": [
        "select assessment_id::text from assessment",
        "select request_id::text from rater_request limit 3000",
        "select array_to_json(ratings)::text from response limit 3000",
        "select array_to_json(scores)::text from result",
    ],
    "planning": ["select plan_id::text from plan"],
}


async def personal(region: Instance) -> set[bytes]:
    """Names, contacts and ids of people, as text, as bytes and in base64; ratings as they are sent."""
    words: set[str] = set()
    for service, statements in _PERSONAL.items():
        for statement in statements:
            words |= {row[0] for row in await region.rows(service, statement) if row[0]}
    found: set[bytes] = set()
    for word in words:
        found.add(word.encode())
        try:
            raw = UUID(word).bytes
        except ValueError:
            continue
        found |= {raw, raw.hex().encode(), base64.b64encode(raw)[:21]}
    return found | {b'"person_id"', b'"given_name"', b'"scores"', b'"others"', b'"birth_year"'}


async def test_the_link_cut_under_load(federation: Instances) -> None:
    await federation.line.cut()
    await federation.rate_everybody("cut")
    await federation.line.open()
    await federation.check()


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

    await asyncio.gather(federation.rate_everybody("hub"), killed())
    await federation.check()


async def test_a_region_killed_in_the_middle(federation: Instances) -> None:
    async def killed() -> None:
        await grows(federation)
        await federation.regions["north"].kill()

    await asyncio.gather(federation.rate_everybody("region"), killed())
    await federation.check()


async def test_both_killed_in_the_middle(federation: Instances) -> None:
    async def killed() -> None:
        await grows(federation)
        await asyncio.gather(federation.hub.kill(), federation.regions["south"].kill())

    await asyncio.gather(federation.rate_everybody("both"), killed())
    await federation.check()


async def test_a_region_whose_clock_is_an_hour_ahead(federation: Instances) -> None:
    south = federation.regions["south"]
    assert south.run is not None
    await timeline.advance(south.run.api, timedelta(hours=1))
    await rate(south, "an hour ahead")
    await federation.check()
