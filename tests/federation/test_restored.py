"""A region's stream that is full, and backups that come back: lost 0, doubled 0, every time."""

import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.demo import registration, timeline
from deploy.demo.model import Person, Post
from deploy.federation.broker.reload import reload
from deploy.federation.membership.hub import Hub
from deploy.federation.store.membership_store import Folder
from tests.federation.instance import Instance, broker
from tests.federation.instances import LOOK, SECONDS, Instances, rate, running
from tests.federation.published import KINDS
from tests.servers import wait_for

pytestmark = [pytest.mark.faults, pytest.mark.slow(260), pytest.mark.timeout(600)]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def federation() -> AsyncIterator[Instances]:
    async with running("north", "south") as started:
        yield started


async def test_a_full_stream_holds_the_outbox_back_and_loses_nothing(federation: Instances) -> None:
    north = federation.regions["north"]
    await federation.line.cut()
    before = await federation.before()
    async with broker(north) as client:
        jetstream = client.jetstream()
        known = (await jetstream.stream_info("UP")).config
        filled = (await jetstream.stream_info("UP")).state.bytes
        await jetstream.update_stream(known.evolve(max_bytes=filled + 200))
        await rate(north, "full")
        await federation.sent_more(before.sent, "north")
        held = "select count(*) from outbox where sent_at is null and subject like '%.rollups-published.%'"

        async def waits() -> bool:
            return await north.count("assessment", held) > 0

        await wait_for(waits, 60)
        await jetstream.update_stream(known)
    await federation.line.open()
    await federation.check(since=before, names=["north"])


def backup(instance: Instance) -> Path:
    """Everything of a stopped instance but its federation folder, which is saved where secrets are.

    PostgreSQL's data may be behind a link, which is followed.
    """
    kept = instance.folder.with_name("yesterday")
    subprocess.run(["cp", "-aL", instance.folder, kept], check=True)
    shutil.rmtree(kept / "federation")
    return kept


def restore(instance: Instance, kept: Path) -> int:
    """Bring a stopped instance's backup back as its operator does; returns its new epoch."""
    shutil.move(instance.folder / "federation", kept / "federation")
    shutil.rmtree(instance.folder)
    shutil.move(kept, instance.folder)
    return Folder(instance.folder / "federation").restored()


async def again(instance: Instance) -> None:
    """Start a stopped instance."""
    instance.again()
    await instance.start()
    if instance.run is not None:
        await instance.sign_in()


async def test_a_hub_restored_from_yesterdays_backup(federation: Instances) -> None:
    """Regions resend what it lacks, forget what it published in the lost days, and hear it again."""
    hub, north = federation.hub, federation.regions["north"]
    await publish(hub, {"OP-01": 10, "OP-02": 20})
    await told(north, {"OP-01": 10, "OP-02": 20})
    await hub.stop()
    kept = backup(hub)
    await again(hub)
    before = await federation.before()
    await federation.rate_everybody("after the backup")
    await federation.sent_more(before.sent)
    await federation.check(since=before)
    await publish(hub, {"OP-03": 30})
    await told(north, {"OP-01": 10, "OP-02": 20, "OP-03": 30})
    await hub.stop()
    restore(hub, kept)
    await again(hub)
    await federation.check(since=before)
    await publish(hub, {"OP-04": 40})
    for region in federation.regions.values():
        await told(region, {"OP-01": 10, "OP-02": 20, "OP-04": 40})


async def publish(hub: Instance, targets: dict[str, int]) -> None:
    """New targets of facilities, by indicator."""
    async with hub.asked() as api:
        for indicator, value in targets.items():
            path = f"/v1/targets/{indicator}/2026Q4/levels/facility"
            await api.call("PUT", path, json={"value": value})


async def told(region: Instance, targets: dict[str, int]) -> None:
    """Wait until these are the hub's targets that a region has, no more and no fewer."""

    async def same() -> bool:
        rows = await region.rows("evaluation", "select indicator, value / 100 from target where national")
        return {row[0]: row[1] for row in rows} == targets

    await wait_for(same, SECONDS, every=LOOK)


async def test_a_region_restored_from_yesterdays_backup(federation: Instances) -> None:
    """It says everything again in a new epoch, and the hub has no figure and no unit of the lost days."""
    north, hub = federation.regions["north"], federation.hub
    await north.stop()
    kept = backup(north)
    await again(north)
    before = await federation.before()
    await open_unit(north)
    await rate(north, "lost with the server")
    await federation.sent_more(before.sent, "north")
    await federation.check(since=before, names=["north"])
    for service in ("registry", "assessment"):
        assert await hub.count(service, "select count(*) from national_unit where unit_code = 'LOST'") == 1
    known = await federation.sent()
    await north.stop()
    epoch = restore(north, kept)
    await again(north)
    members = Folder(hub.folder / "federation")
    Hub(members).set_epoch("north", epoch)  # while the hub runs and the region's link stands
    assert await reload(members, "north") == ["steward-north"]
    await federation.check(known)
    before = await federation.before()
    await rate(north, "after the restoration")
    await federation.sent_more(known, "north")
    await federation.check(known, since=before, names=["north"])
    for service in {kind.service for kind in KINDS.values()}:
        for table in ("national_figure", "national_unit"):
            rows = await hub.rows(service, f"select distinct epoch from {table} where region = 'north'")
            assert [row[0] for row in rows] == [2]
        assert await hub.count(service, "select count(*) from national_unit where unit_code = 'LOST'") == 0


async def open_unit(region: Instance) -> None:
    """A facility with enough people for a headcount of its own, which is told.

    Its district's office gets five more: of the district, and of what changed in it, five and more are left
    without the facility.
    """
    run = region.run
    assert run is not None
    like = run.country.posts[-1]
    facility = next(unit for unit in run.country.units if unit.code == like.unit_code)
    unit = {
        "unit_code": "LOST", "name": "Lost", "level": "facility", "type": facility.type, "parent": facility.parent,
        "open_from": like.valid_from.isoformat(),
    }  # fmt: skip
    await run.api.post("/v1/units", unit, who="hris")
    people = [Person(f"lost-{one}", "Given", "Family", "female", 1980, "nurse", "") for one in range(13)]
    posts = [
        Post(
            f"lost-post-{who.key}",
            who,
            "LOST" if place < 8 else facility.parent,
            like.role_code,
            like.valid_from,
        )
        for place, who in enumerate(people)
    ]
    for path, lines in (
        ("people", map(registration.person_line, people)),
        ("posts", map(registration.post_line, posts)),
    ):
        report = await run.api.lines(f"/v1/imports/{path}", lines, who="hris")
        assert not report["rejected"], report

    await timeline.next_release(run.api)

    async def released() -> bool:
        found = await region.count(
            "registry", "select count(*) from published_headcount where unit_code = 'LOST' and people = 8"
        )
        return found > 0

    await wait_for(released, SECONDS, every=LOOK)
