"""A post gets a new manager in the middle of a cycle: the new one can be asked."""

from datetime import timedelta
from uuid import UUID

import pytest
import sqlalchemy as sa

from services.assessment.raters.commands import raters
from services.assessment.raters.commands.raters import Invitation, Named
from services.assessment.ratings.commands.responses import Answers
from services.assessment.tables.ratings import assessment
from shared import clock
from shared.auth.caller import subject_key
from shared.database.engine import Database
from shared.directory.projection import take_people
from shared.errors import Conflict
from tests.assessment.cycles.test_cycles import opened, rows
from tests.assessment.placed import place
from tests.assessment.ratings.test_submit import accepted, requests_about, submit
from tests.assessment.world import ISSUER, PEPPER, identity, person


async def new_manager(database: Database, subject: str, **written) -> str:
    """The old manager's post ends, a new one's begins; registry says so. The new manager's name."""
    name = f"{subject}-newboss"
    old = person(f"{subject}boss", "F2", role="district-health-officer", level="A", version=2)
    ended = type(old.posts[0])(
        **{field: getattr(old.posts[0], field) for field in old.posts[0].__struct_fields__}
        | {"valid_to": clock.today() - timedelta(days=1)}
    )
    old.posts[0] = ended
    people = [old, person(name, "F2", role="district-health-officer", level="A")]
    people.append(person(subject, "F2", manager=name, version=3))
    people += [person(f"{subject}{n}", "F2", manager=name, version=3, **written) for n in range(3)]
    async with database.session() as session:
        await take_people(session, people)
    return name


async def ask(database: Database, assessment_id: UUID, name: str) -> int:
    async with database.session() as session:
        return await raters.invite(
            session, assessment_id, [Invitation(identity(name), "manager")], Named({identity(name)}, set())
        )


async def states(database: Database, row, subject: str) -> dict[UUID, str]:
    asked = await requests_about(database, row["cycle_id"], subject)
    return {item["person_id"]: item["state"] for item in asked if item["category"] == "manager"}


async def test_the_new_manager_is_asked_and_the_old_one_awaited_no_more(country: Database):
    await place(country, "k", ["k0", "k1", "k2"])
    row = await opened(country, unit_code="F2")
    (first, *_) = await requests_about(country, row["cycle_id"], "k")
    with pytest.raises(Conflict, match="manager-already-asked"):
        await ask(country, first["assessment_id"], "cboss")  # k's manager is still the old one
    new = await new_manager(country, "k")
    assert await ask(country, first["assessment_id"], new) == 1
    assert await ask(country, first["assessment_id"], new) == 0
    assert await states(country, row, "k") == {identity("kboss"): "withdrawn", identity(new): "invited"}
    with pytest.raises(Conflict, match="manager-already-asked"):
        await ask(country, first["assessment_id"], "cboss")


async def test_what_the_old_manager_has_answered_stands(country: Database):
    await place(country, "l", ["l0", "l1", "l2"])
    row = await opened(country, unit_code="F2")
    for request in await accepted(country, row["cycle_id"], "l"):
        if request["category"] == "manager":
            await submit(country, request, Answers([3] * 33), "lboss")
    new = await new_manager(country, "l")
    with pytest.raises(Conflict, match="manager-already-asked"):
        await ask(country, request["assessment_id"], "cboss")
    assert await ask(country, request["assessment_id"], new) == 1
    assert await states(country, row, "l") == {identity("lboss"): "answered", identity(new): "invited"}


async def test_placements_that_the_new_manager_wrote_count_no_more(country: Database):
    await place(country, "p", ["p0", "p1", "p2"])
    row = await opened(country, unit_code="F2")
    asked = await requests_about(country, row["cycle_id"], "p")
    assert sum(item["independent"] for item in asked) == 3
    new = await new_manager(country, "p", recorded_by=subject_key(PEPPER, ISSUER, "p-newboss"))
    assert await ask(country, asked[0]["assessment_id"], new) == 1
    asked = await requests_about(country, row["cycle_id"], "p")
    assert sum(item["independent"] for item in asked) == 0


async def test_a_peer_who_becomes_the_manager_is_asked_as_the_manager_instead(country: Database):
    await place(country, "r", ["r0", "r1", "r2"])
    row = await opened(country, unit_code="F2")
    (first, *_) = await requests_about(country, row["cycle_id"], "r")
    promoted = person("r0", "F2", role="district-health-officer", level="A", version=5)
    old = person("rboss", "F2", version=5, active=False)
    below = person("r", "F2", manager="r0", version=5)
    async with country.session() as session:
        await take_people(session, [promoted, old, below])
    assert await ask(country, first["assessment_id"], "r0") == 1
    assert await ask(country, first["assessment_id"], "r0") == 0
    asked = {item["person_id"]: item for item in await requests_about(country, row["cycle_id"], "r")}
    manager = asked[identity("r0")]
    assert (manager["category"], manager["state"], manager["independent"]) == ("manager", "invited", False)
    assert asked[identity("rboss")]["state"] == "withdrawn"
    assert sum(item["state"] in ("invited", "accepted") for item in asked.values()) == 4  # self, r0, r1, r2
    found = await rows(
        country, sa.select(assessment.c.awaited).where(assessment.c.assessment_id == first["assessment_id"])
    )
    assert found[0]["awaited"] == 4
