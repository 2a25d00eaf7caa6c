"""The events' document is enough: a reader in Node.js that knows nothing else follows the whole loop."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.broker.external_readers import AGGREGATES, PEOPLE
from deploy.contracts import asyncapi
from deploy.demo import developing, rating, rounds, timeline
from deploy.demo.rounds import Round
from deploy.services import owners
from tests.contract.events import node
from tests.contract.events.node import Done
from tests.flow.stacks import Flow, running

pytestmark = [pytest.mark.slow(25), pytest.mark.timeout(180)]

DOCUMENT = json.loads(asyncapi.PAGE.read_text())
LOOP = [
    "steward.registry.people-changed.v1",
    "steward.registry.units-changed.v1",
    "steward.assessment.cycle-opened.v1",
    "steward.assessment.completed.v1",
    "steward.planning.plan-proposed.v1",
    "steward.planning.plan-agreed.v1",
    "steward.planning.activity-completed.v1",
    "steward.planning.follow-up-due.v1",
    "steward.evaluation.indicator-computed.v1",
]
LOST_ACKS = 5  # as follow.mjs has it


@pytest.fixture(scope="module")
def reader(pytestconfig: pytest.Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Folder with the scripts and their packages."""
    folder = tmp_path_factory.mktemp("reader")
    assert pytestconfig.cache is not None
    node.install(pytestconfig.cache, folder)
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def flow(reader: Path) -> AsyncIterator[Flow]:
    """A stack on which one team was rated, planned for, developed and followed up; none without Node.js."""
    async with running() as started:
        run = started.run
        day = await timeline.today(run.api)
        run.singles = rating._one_team(run)
        cycle = await rounds.open_cycle(run.api, run.country, day, day, unit=run.singles[0].unit_code)
        await rating._one_by_one(run, cycle["cycle_id"], Round("node", run.ability, run.competency_of))
        await rating.note_completed(run, cycle["cycle_id"])
        await developing.develop(run)
        await timeline.advance(run.api, timedelta(days=developing.CHECK_IN))
        await developing._check_in(run)
        await timeline.next_release(run.api)  # a month may have no other day of releases in its first 30
        await rounds.settled(run.api)
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def known(flow: Flow) -> dict[str, int]:
    """What had been published before the reader started: timers go on publishing."""
    return await published(flow, "sent_at is not null")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def followed(flow: Flow, known: dict[str, int], reader: Path) -> Done:
    """What follow.mjs saw of it."""
    return await follow(flow, reader, PEOPLE, asyncapi.PAGE, *LOOP)


async def follow(flow: Flow, folder: Path, user: str, document: Path, *types: str) -> Done:
    """Run follow.mjs as one of the stack's readers."""
    access = json.loads((flow.stack.folder / "stack.json").read_text())["readers"][user]
    environment = {
        "STEWARD_NATS_URL": access["nats_url"],
        "STEWARD_NATS_USER": user,
        "STEWARD_NATS_PASSWORD": access["nats_password"],
    }
    arguments = (folder, "follow.mjs", str(document), *types)
    return await asyncio.to_thread(node.run, *arguments, environment=environment)


async def published(flow: Flow, which: str = "true") -> dict[str, int]:
    """How many events of each type the services' outboxes hold, of the rows that `which` says."""
    found = {}
    counted = f"select subject, count(*) from outbox where {which} group by 1"
    for service in owners():
        for subject, count in await flow.rows(service, counted):
            steward, _instance, _reach, fact = subject.split(".", 3)
            found[f"{steward}.{fact}"] = count
    return found


async def test_it_sees_every_event_of_the_loop_as_the_document_says(followed: Done):
    assert followed.told["invalid"] == []
    assert followed.told["missing"] == []
    assert followed.code == 0


async def test_it_counts_each_event_once_whatever_comes_again(
    followed: Done, known: dict[str, int], flow: Flow
):
    told, now = followed.told["counts"], await published(flow)
    assert known.keys() <= told.keys() <= now.keys()  # timers publish beside it: what is new may be seen
    assert all(known.get(name, 1) <= told[name] <= now[name] for name in told), (known, told, now)
    assert followed.told["redelivered"] == followed.told["repeated"] == LOST_ACKS


async def test_it_can_follow_one_rating_by_its_trace(followed: Done, flow: Flow):
    seen = followed.told["traces"][flow.run.trace_id]
    assert {"steward.assessment.completed.v1", "steward.planning.plan-proposed.v1"} <= set(seen)


async def test_it_says_so_when_an_event_is_not_as_the_document_says(flow: Flow, reader: Path, tmp_path: Path):
    other = asyncapi.document()
    other["components"]["schemas"]["UnitsChanged"]["required"].append("nowhere")
    path = tmp_path / "other.json"
    path.write_text(json.dumps(other))
    done = await follow(flow, reader, AGGREGATES, path)
    units = "steward.registry.units-changed.v1"
    assert done.code == 1
    assert len(done.told["invalid"]) == (await published(flow))[units]
    assert all("nowhere" in str(event["problems"]) for event in done.told["invalid"])
    seen = done.told["counts"].keys()
    assert units not in seen
    assert {DOCUMENT["channels"][one]["x-reach"] for one in seen} == {"up", "down"}  # nothing about people


def test_the_document_is_valid_by_the_parser_of_asyncapi(reader: Path):
    checked = node.run(reader, "validate.mjs", str(asyncapi.PAGE))
    assert [one for one in checked.told["found"] if one["severity"] in {"Error", "Warning"}] == []
    assert checked.told["channels"] == len(asyncapi.document()["channels"])
    assert checked.code == 0


def test_the_parser_would_have_said_so(reader: Path, tmp_path: Path):
    broken = asyncapi.document()
    broken["channels"]["steward.assessment.completed.v1"]["messages"] = {"x": {"$ref": "#/nowhere"}}
    path = tmp_path / "broken.json"
    path.write_text(json.dumps(broken))
    checked = node.run(reader, "validate.mjs", str(path))
    assert checked.code == 1
    assert "Error" in {one["severity"] for one in checked.told["found"]}
