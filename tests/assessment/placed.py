"""A subject with a manager and peers at a facility of their own: placed, asked, answered, scored."""

from uuid import UUID

import sqlalchemy as sa

from services.assessment.cycles.commands import cycles
from services.assessment.raters.commands import raters
from services.assessment.raters.commands.raters import Invitation, Named
from services.assessment.ratings.commands.responses import Answers
from services.assessment.results.commands import closing
from services.assessment.tables.ratings import result
from shared.auth.caller import subject_key
from shared.database.engine import Database
from shared.directory.projection import take_people
from tests.assessment.cycles.test_cycles import draft, rows, run
from tests.assessment.ratings.test_submit import requests_about, submit
from tests.assessment.world import ISSUER, PEPPER, identity, person

HONEST, FRIENDLY, MANAGER, SELF = 1, 5, 3, 4


def key(name: str) -> str:
    return subject_key(PEPPER, ISSUER, name)


async def place(database: Database, subject: str, peers: list[str], **placement) -> None:
    """A subject, their manager and peers; `placement` is how the peers' posts were written."""
    own = {"manager": f"{subject}boss"}
    people = [person(f"{subject}boss", "F2", role="district-health-officer", level="A")]
    people += [person(subject, "F2", **own), *(person(peer, "F2", **own, **placement) for peer in peers)]
    async with database.session() as session:
        await take_people(session, people)


async def prepared(database: Database, **changes):
    async with database.session() as session:
        return await cycles.create(session, draft(unit_code="F2", **changes))


async def begin(database: Database, row):
    async with database.session() as session:
        return await cycles.open_(session, await cycles.locked(session, row["cycle_id"]))


async def answer(database: Database, row, about: str, given: dict[str, int]) -> None:
    """These raters accept and answer with one rating for every item."""
    asked = {item["person_id"]: item for item in await requests_about(database, row["cycle_id"], about)}
    for name, rating in given.items():
        request = asked[identity(name)]
        async with database.session() as session:
            await raters.answer(session, request["request_id"], request["person_id"], "accepted")
        await submit(database, request, Answers([rating] * 33), name)


async def closed(database: Database, row, about: str):
    """The result of a subject once the cycle is closed."""
    async with database.session() as session:
        await cycles.close(session, await cycles.locked(session, row["cycle_id"]))
    while await run(database, closing.settle):
        pass
    mine = (result.c.cycle_id == row["cycle_id"]) & (result.c.person_id == identity(about))
    (found,) = await rows(database, sa.select(result).where(mine))
    return found


def groups(found) -> set[tuple[str, ...]]:
    return {tuple(group["categories"]) for of in found["groups"] for group in of}


async def nominate(database: Database, assessment_id: UUID, names: list[str], category="peer") -> None:
    async with database.session() as session:
        invited = [Invitation(identity(name), category) for name in names]
        assert await raters.invite(
            session, assessment_id, invited, Named(set(map(identity, names)), set())
        ) == len(names)


def nothing_but_the_manager(found) -> bool:
    return groups(found) == {("manager",)} and found["scores"] == [100 * MANAGER] * 11
