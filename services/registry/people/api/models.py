"""What the doors of people take and answer."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field, field_validator

from services.registry.field_types import (
    Body,
    Email,
    Identifier,
    IdentifierValue,
    Phone,
    Year,
    example,
    not_null,
    strict_example,
)
from services.registry.posts.api.models import POST_EXAMPLE, Post
from services.registry.record_fields import Sex
from shared.http.strict_types import ExternalId, Flag, Name, RecordedDay

_GIVEN = {
    "external_id": "hr-4711", "family_name": "Kamara", "given_name": "Aminata", "phone": "+232 76 000 000",
    "email": "aminata.kamara@example.org", "sex": "female", "birth_year": 1984, "cadre": "Nurse",
}  # fmt: skip
_SIGN_IN = {"iss": "https://login.example.org", "sub": "aminata"}
_PERSON = {
    "person_id": POST_EXAMPLE["person_id"], "version": 3, **_GIVEN,
    "identifiers": [{"system": "hris", "value": "hr-4711"}], "active": True, "deactivated_on": None,
    "leaving_reason": None, "leaving_destination": None,
}  # fmt: skip
IN_FULL = {**_PERSON, "subjects": [_SIGN_IN], "posts": [POST_EXAMPLE]}


class Subject(Body):
    """A sign-in: issuer and subject of the tokens that the person uses."""

    model_config = strict_example(_SIGN_IN)
    iss: ExternalId
    sub: ExternalId


class Person(BaseModel):
    """A person; identifiers are shown only to clients of the source system that gave them.

    `leaving_reason` and `leaving_destination` are null for those who do not keep the record.
    """

    model_config = example(_PERSON)
    person_id: UUID
    version: int
    external_id: str | None
    identifiers: list[Identifier]
    family_name: str
    given_name: str | None
    phone: str | None
    email: str | None
    sex: str | None
    birth_year: int | None
    cadre: str | None
    active: bool
    deactivated_on: RecordedDay | None
    leaving_reason: str | None
    leaving_destination: str | None


class PersonInFull(Person):
    """A person with posts; `subjects` is null for those who do not keep the record."""

    model_config = example(IN_FULL)
    subjects: list[Subject] | None
    posts: list[Post]


class People(BaseModel):
    """One page of people."""

    model_config = example({"items": [_PERSON], "next": None})
    items: list[Person]
    next: str | None


_ONCE = {
    key: value
    for key, value in _PERSON.items()
    if key not in ("person_id", "external_id", "identifiers", "active")
} | {"recorded_at": "2026-10-01T08:00:00Z"}


class PersonVersion(BaseModel):
    """What the record of a person said once; `version` and `recorded_at` are of the beginning."""

    version: int
    family_name: str
    given_name: str | None
    phone: str | None
    email: str | None
    sex: str | None
    birth_year: int | None
    cadre: str | None
    deactivated_on: RecordedDay | None
    leaving_reason: str | None
    leaving_destination: str | None
    recorded_at: datetime


class PersonVersions(BaseModel):
    """One page of versions, oldest first. A new post or sign-in raises the version too, without an entry here."""

    model_config = example({"items": [_ONCE], "next": None})
    items: list[PersonVersion]
    next: str | None


class PersonIdentifierValue(IdentifierValue):
    """What the source system calls the person; `renumbered`: it called them otherwise before."""

    renumbered: Flag = False


class Me(BaseModel):
    """The caller as Steward knows it."""

    model_config = example(
        {
            "roles": ["hris"],
            "units": ["SL-EASTERN"],
            "client": False,
            "source_systems": ["hris"],
            "person": IN_FULL,
        }
    )
    roles: list[str]
    units: list[str]
    client: bool
    source_systems: list[str]
    person: PersonInFull | None


class PersonChange(Body):
    """What can be changed of a person; fields left out stay. `active: true` takes a deactivation back."""

    model_config = strict_example({"phone": "+232 76 111 111", "subjects": [_SIGN_IN]})
    family_name: Name | None = None
    given_name: Name | None = None
    phone: Phone | None = None
    email: Email | None = None
    sex: Sex | None = None
    birth_year: Year | None = None
    cadre: Name | None = None
    subjects: Annotated[list[Subject], Field(max_length=10)] | None = None
    active: Literal[True] | None = None

    _present = field_validator("family_name", "subjects", "active")(not_null)


class PersonToCreate(Body):
    """A person to be recorded. The external id is the source system's own and is the person in its imports."""

    model_config = strict_example({**_GIVEN, "subjects": [_SIGN_IN]})
    family_name: Name
    given_name: Name | None = None
    phone: Phone | None = None
    email: Email | None = None
    sex: Sex | None = None
    birth_year: Year | None = None
    cadre: Name | None = None
    external_id: ExternalId | None = None
    subjects: Annotated[list[Subject], Field(max_length=10)] = Field(default=[])
