"""People over HTTP: who sees whom is decided in `queries.access`."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field, StringConstraints, field_validator

from services.registry.api.fields import (
    Body,
    CodeQuery,
    Day,
    DayQuery,
    ExternalId,
    Text,
    TextQuery,
    example,
    not_null,
    strict_example,
)
from services.registry.api.posts import POST_EXAMPLE, Post
from services.registry.commands.people import (
    SignIn,
    change_person,
    create_person,
    deactivate_person,
    find_person,
)
from services.registry.queries.access import may_keep, may_see
from services.registry.queries.people import get_me, get_person, list_people, person_versions
from shared import clock
from shared.auth.caller import subject_key
from shared.http import Caller, CommandRoute, Paging, Reads, Writes, check_if_match, etag

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["people"])

Sex = Literal["female", "male", "other"]
Email = Annotated[
    str, StringConstraints(max_length=254, pattern=r"^[^@\s\x00-\x1f]+@[^@\s\x00-\x1f]+\.[^@\s\x00-\x1f]+$")
]
Phone = Annotated[str, StringConstraints(max_length=40, pattern=r"^[0-9+][0-9 ()./-]{2,39}$")]

_GIVEN = {
    "external_id": "hr-4711", "family_name": "Kamara", "given_name": "Aminata", "phone": "+232 76 000 000",
    "email": "aminata.kamara@example.org", "sex": "female", "birth_year": 1984, "cadre": "Nurse",
}  # fmt: skip
_SIGN_IN = {"iss": "https://login.example.org", "sub": "aminata"}
_PERSON = {
    "person_id": POST_EXAMPLE["person_id"], "version": 3, **_GIVEN, "active": True, "deactivated_on": None,
}  # fmt: skip
_IN_FULL = {**_PERSON, "subjects": [_SIGN_IN], "posts": [POST_EXAMPLE]}


class Subject(Body):
    """A sign-in: issuer and subject of the tokens that the person uses."""

    model_config = strict_example(_SIGN_IN)
    iss: ExternalId
    sub: ExternalId


class Person(BaseModel):
    """A person; an external id is shown only to the client that gave it."""

    model_config = example(_PERSON)
    person_id: UUID
    version: int
    external_id: str | None
    family_name: str
    given_name: str | None
    phone: str | None
    email: str | None
    sex: str | None
    birth_year: int | None
    cadre: str | None
    active: bool
    deactivated_on: Day | None


class PersonInFull(Person):
    """A person with posts; `subjects` is null for those who do not keep the record."""

    model_config = example(_IN_FULL)
    subjects: list[Subject] | None
    posts: list[Post]


class People(BaseModel):
    """One page of people."""

    model_config = example({"items": [_PERSON], "next": None})
    items: list[Person]
    next: str | None


class PersonVersion(BaseModel):
    """What the record of a person said once."""

    version: int
    family_name: str
    given_name: str | None
    phone: str | None
    email: str | None
    sex: str | None
    birth_year: int | None
    cadre: str | None
    deactivated_on: Day | None
    recorded_at: datetime


class PersonVersions(BaseModel):
    """One page of versions, oldest first. A new post raises the version too, without an entry here."""

    items: list[PersonVersion]
    next: str | None


class Me(BaseModel):
    """The caller as Steward knows it."""

    model_config = example(
        {"roles": ["leader"], "units": ["SL-EASTERN"], "client": False, "person": _IN_FULL}
    )
    roles: list[str]
    units: list[str]
    client: bool
    person: PersonInFull | None


class PersonChange(Body):
    """What can be changed of a person; fields left out stay. `active: true` takes a deactivation back."""

    model_config = strict_example({"phone": "+232 76 111 111", "subjects": [_SIGN_IN]})
    family_name: Text | None = None
    given_name: Text | None = None
    phone: Phone | None = None
    email: Email | None = None
    sex: Sex | None = None
    birth_year: Annotated[int, Field(ge=1900, le=2200)] | None = None
    cadre: Text | None = None
    subjects: Annotated[list[Subject], Field(max_length=10)] | None = None
    active: Literal[True] | None = None

    _present = field_validator("family_name", "subjects", "active")(not_null)


class PersonToCreate(Body):
    """A person to be recorded. The external id is the caller's own and stands for the person in imports."""

    model_config = strict_example({**_GIVEN, "subjects": [_SIGN_IN]})
    family_name: Text
    given_name: Text | None = None
    phone: Phone | None = None
    email: Email | None = None
    sex: Sex | None = None
    birth_year: Annotated[int, Field(ge=1900, le=2200)] | None = None
    cadre: Text | None = None
    external_id: ExternalId | None = None
    subjects: Annotated[list[Subject], Field(max_length=10)] = Field(default=[])


@router.get("/me", response_model=Me)
async def me(session: Reads, caller: Caller) -> Any:
    """Who you are: roles, units, and the person that your sign-in is tied to."""
    return await get_me(session, caller)


@router.get("/people", response_model=People)
async def people_list(
    session: Reads,
    caller: Caller,
    paging: Paging,
    unit: CodeQuery = None,
    under: CodeQuery = None,
    role: CodeQuery = None,
    external_id: TextQuery = None,
    active: bool | None = None,
) -> Any:
    """People that you may see. Unit and role filters look at the posts of today; there is no search by name."""
    return await list_people(
        session,
        caller,
        paging,
        unit_code=unit,
        under=under,
        role_code=role,
        external_id=external_id,
        active=active,
    )


@router.post("/people", status_code=201, response_model=PersonInFull)
async def person_create(
    body: PersonToCreate, session: Writes, caller: Caller, request: Request, response: Response
) -> Any:
    """Record a person. Until the first post only you and callers for the whole tree see the record."""
    caller.require("hris")
    values = body.model_dump(exclude={"subjects"})
    person_id = await create_person(session, values, _sign_ins(request, body.subjects), caller.subject_key)
    response.headers["Location"] = f"/v1/people/{person_id}"
    return await _answer(session, caller, person_id, response)


@router.get("/people/{person_id}", response_model=PersonInFull)
async def person_read(person_id: UUID, session: Reads, caller: Caller, response: Response) -> Any:
    """One person with all posts."""
    return await _answer(session, caller, person_id, response)


@router.patch("/people/{person_id}", response_model=PersonInFull)
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
    await change_person(session, person_id, values, sign_ins, caller.subject_key)
    return await _answer(session, caller, person_id, response)


@router.delete("/people/{person_id}", response_model=PersonInFull)
async def person_deactivate(
    person_id: UUID,
    session: Writes,
    caller: Caller,
    request: Request,
    response: Response,
    on: DayQuery = None,
) -> Any:
    """The person has left from the day `on`, today when left out: posts end the day before. Needs If-Match."""
    await may_keep(session, caller, person_id)
    check_if_match(request, (await find_person(session, person_id))["version"])
    await deactivate_person(session, person_id, on or clock.today(), caller.subject_key)
    return await _answer(session, caller, person_id, response)


@router.get("/people/{person_id}/versions", response_model=PersonVersions)
async def person_history(person_id: UUID, session: Reads, caller: Caller, paging: Paging) -> Any:
    """Everything the record said, oldest first."""
    await may_see(session, caller, person_id)
    return await person_versions(session, person_id, paging)


def _sign_ins(request: Request, subjects: list[Subject]) -> list[SignIn]:
    pepper = request.app.state.settings.subject_pepper
    keyed = {subject_key(pepper, each.iss, each.sub): each for each in subjects}
    return [(each.iss, each.sub, key) for key, each in keyed.items()]


async def _answer(session: Reads, caller: Caller, person_id: UUID, response: Response) -> Any:
    found = await get_person(session, caller, person_id)
    response.headers["ETag"] = etag(found["version"])
    return found
