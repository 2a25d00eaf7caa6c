"""People over HTTP: who sees whom is decided in `registry.access`."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response

from services.registry.access.queries import keeps_people, may_keep, may_see
from services.registry.field_types import CodeQuery, DayQuery, ExternalIdQuery, SystemQuery
from services.registry.leavings.leaving import Destination, Leaving, Reason
from services.registry.people.api.models import (
    Me,
    People,
    PersonChange,
    PersonInFull,
    PersonToCreate,
    PersonVersions,
    Subject,
)
from services.registry.people.commands.people import (
    change_person,
    create_person,
    deactivate_person,
    find_person,
)
from services.registry.people.commands.sign_ins import SignIn
from services.registry.people.queries.people import get_me, get_person, list_people, person_versions
from services.registry.source_systems.queries import writer_of_one
from shared import clock
from shared.auth.caller import subject_key
from shared.database.engine import raw
from shared.directory.authorization import require_some_unit
from shared.http import Caller, CommandRoute, Paging, Reads, Writes, check_if_match, etag

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["people"])


@router.get("/me", summary="Who you are", response_model=Me)
async def me(session: Reads, caller: Caller) -> Any:
    """Who you are: roles, units, and the person that your sign-in is tied to."""
    return await get_me(session, caller)


@router.get("/people", summary="People that you may see", response_model=People)
async def people_list(
    session: Reads,
    caller: Caller,
    paging: Paging,
    unit: CodeQuery = None,
    under: CodeQuery = None,
    role: CodeQuery = None,
    external_id: ExternalIdQuery = None,
    system: SystemQuery = None,
    active: bool | None = None,
) -> Any:
    """People that you may see. Unit and role filters look at the posts of today; there is no search by name.

    `external_id` and `system` find people of source systems that you are bound to.
    """
    return await list_people(
        session,
        caller,
        paging,
        unit_code=unit,
        under=under,
        role_code=role,
        external_id=external_id,
        system=system,
        active=active,
    )


@router.post("/people", summary="Record a person", status_code=201, response_model=PersonInFull)
async def person_create(
    body: PersonToCreate,
    session: Writes,
    caller: Caller,
    request: Request,
    response: Response,
    system: SystemQuery = None,
) -> Any:
    """Record a person. Until the first post only your source system and callers for the whole tree see the record.

    `system` is the source system that you write as, where you are bound to several.
    """
    await require_some_unit(session, caller, "person.record")
    writer = await writer_of_one(await raw(session), caller, system, "people", body.external_id)
    values = body.model_dump(exclude={"subjects"})
    person_id = await create_person(
        session, values, _sign_ins(request, body.subjects), writer, keeps_people(caller)
    )
    response.headers["Location"] = f"/v1/people/{person_id}"
    return await answer(session, caller, person_id, response)


@router.get("/people/{person_id}", summary="One person", response_model=PersonInFull)
async def person_read(person_id: UUID, session: Reads, caller: Caller, response: Response) -> Any:
    """One person with all posts."""
    return await answer(session, caller, person_id, response)


@router.patch("/people/{person_id}", summary="Change what is known of a person", response_model=PersonInFull)
async def person_change(
    person_id: UUID, body: PersonChange, session: Writes, caller: Caller, request: Request, response: Response
) -> Any:
    """Change a person. Needs If-Match."""
    await may_keep(session, caller, person_id)
    check_if_match(request, (await find_person(session, person_id))["version"])
    values = body.model_dump(exclude_unset=True, exclude={"subjects", "active"})
    if body.active:
        values["deactivated_on"] = None
    sign_ins = None if body.subjects is None else _sign_ins(request, body.subjects)
    await change_person(session, person_id, values, sign_ins, caller.subject_key, keeps_people(caller))
    return await answer(session, caller, person_id, response)


@router.delete("/people/{person_id}", summary="Let a person leave", response_model=PersonInFull)
async def person_deactivate(
    person_id: UUID,
    session: Writes,
    caller: Caller,
    request: Request,
    response: Response,
    on: DayQuery = None,
    reason: Annotated[Reason | None, Query()] = None,
    destination: Annotated[Destination | None, Query()] = None,
) -> Any:
    """The person has left from the day `on`, today when left out: posts end the day before. Needs If-Match.

    `reason` says why and `destination` where to.
    """
    await may_keep(session, caller, person_id)
    check_if_match(request, (await find_person(session, person_id))["version"])
    leaving = Leaving(reason, destination)
    await deactivate_person(session, person_id, on or clock.today(), caller.subject_key, leaving)
    return await answer(session, caller, person_id, response)


@router.get(
    "/people/{person_id}/versions",
    summary="How a person was recorded over time",
    response_model=PersonVersions,
)
async def person_history(person_id: UUID, session: Reads, caller: Caller, paging: Paging) -> Any:
    """Everything the record said, oldest first."""
    await may_see(session, caller, person_id)
    return await person_versions(session, caller, person_id, paging)


def _sign_ins(request: Request, subjects: list[Subject]) -> list[SignIn]:
    pepper = request.app.state.settings.subject_pepper
    keyed = {subject_key(pepper, each.iss, each.sub): each for each in subjects}
    return [(each.iss, each.sub, key) for key, each in keyed.items()]


async def answer(session: Reads, caller: Caller, person_id: UUID, response: Response) -> Any:
    """A person in full, with its entity tag."""
    found = await get_person(session, caller, person_id)
    response.headers["ETag"] = etag(found["version"])
    return found
