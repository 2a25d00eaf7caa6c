"""A data protection officer reads in place of a person what that person may see, for the person's archive.

The gateway alone asks so: it lets the header through from nobody. The answer is what a sign-in of the person would
get, never more, and of one person; who asked is the officer, to the audit too.
"""

from uuid import UUID

from sqlalchemy import text
from starlette.requests import Request

from shared.audit.purposes import purpose_of
from shared.auth import rights
from shared.auth.caller import Caller
from shared.auth.rights import Decision, Reach
from shared.errors import NotFound

HEADER = "In-Place-Of"  # the person's id
RIGHT, OFFICER = "archive.hand-over", "data-protection-officer"  # with the root among their units
AS_THE_PERSON = frozenset({"leader"})  # the role in which people see themselves
# Not what the person does as a rater: it tells who rates whom, and what one of them answered.
READS = frozenset({
    "GET /v1/people/{person_id}", "GET /v1/people/{person_id}/versions", "GET /v1/assessments",
    "GET /v1/people-scores/{person_id}", "GET /v1/people-scores/{person_id}/carried", "GET /v1/plans",
    "GET /v1/plans/carried/{person_id}", "GET /v1/follow-ups", "GET /v1/evaluations", "GET /v1/behaviour-results",
})  # fmt: skip

_REMEMBERED = text("select exists (select from person where person_id = :person and not erased)")


async def standing_in(request: Request, operation: str, caller: Caller) -> Caller:
    """The caller who stands for the person that the header names; `caller` without it, or where none may.

    Raises Forbidden `role-missing` and `unit-out-of-scope`, Invalid `purpose-required`, NotFound `person-unknown`
    where the request is not about that person alone, or nobody remembers them.
    """
    named = request.headers.get(HEADER)
    if named is None or operation not in READS:
        return caller
    rights.require(caller, RIGHT)
    purpose_of(request, required=True)
    person = _person(request, named)
    async with request.app.state.database.reading() as session:
        await request.app.state.ask_again(session, caller, Decision(RIGHT, OFFICER, Reach.COUNTRY))
        if not await session.scalar(_REMEMBERED, {"person": person}):
            raise _unknown()
    return Caller(AS_THE_PERSON, (), "", in_place_of=person, behind=caller)


def _person(request: Request, named: str) -> UUID:
    asked = request.path_params.get("person_id")
    about = request.query_params.getlist("person") if asked is None else [asked]
    try:
        person = UUID(named)
        if [UUID(each) for each in about] == [person]:
            return person
    except ValueError:
        pass
    raise _unknown()


def _unknown() -> NotFound:
    return NotFound("person-unknown", "There is no such person, or none that you may see.")
