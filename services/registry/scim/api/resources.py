"""User and Group as RFC 7643 has them, with the attributes that the registry stores, and its own extension."""

from typing import Annotated

from pydantic import Field
from scim2_models import (
    URN,
    CaseExact,
    ComplexAttribute,
    Extension,
    Mutability,
    Reference,
    Required,
    Resource,
    Returned,
    Uniqueness,
)
from scim2_models.resources.resource import AnyExtension

_ReadOnly = Annotated[str | None, Mutability.read_only]
_Reference = Annotated[str | None, Mutability.read_only, CaseExact.true]


class Name(ComplexAttribute):
    """The parts of a name."""

    formatted: str | None = None
    family_name: str | None = None
    given_name: str | None = None


class Email(ComplexAttribute):
    """An e-mail address."""

    value: str | None = None
    display: str | None = None
    type: Annotated[str | None, Field(examples=["work", "home", "other"])] = None
    primary: bool | None = None


class PhoneNumber(ComplexAttribute):
    """A phone number: digits, with signs between them."""

    value: str | None = None
    display: str | None = None
    type: Annotated[str | None, Field(examples=["work", "home", "mobile", "other"])] = None
    primary: bool | None = None


class GroupMembership(ComplexAttribute):
    """A group that a post of today makes the user a member of."""

    value: _Reference = None
    ref: Annotated[Reference["Group"] | None, Mutability.read_only] = Field(  # type: ignore[type-arg]  # a forward name takes none
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    display: _ReadOnly = None
    type: _ReadOnly = None


class User(Resource[AnyExtension]):
    """A person of the workforce."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:User")

    user_name: Annotated[str | None, Required.true, Uniqueness.server] = None
    name: Name | None = None
    display_name: str | None = None
    title: str | None = None
    preferred_language: str | None = None
    locale: str | None = None
    active: bool | None = None
    emails: list[Email] | None = None
    phone_numbers: list[PhoneNumber] | None = None
    groups: Annotated[list[GroupMembership] | None, Mutability.read_only] = None


class Manager(ComplexAttribute):
    """Whom the user reports to: the holder of the post that a post of today reports to."""

    value: _Reference = None
    ref: Annotated[Reference["User"] | None, Mutability.read_only] = Field(  # type: ignore[type-arg]  # a forward name takes none
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    display_name: _ReadOnly = None


class EnterpriseUser(Extension):
    """What a system of personnel says beside it (RFC 7643 section 4.3)."""

    __schema__ = URN("urn:ietf:params:scim:schemas:extension:enterprise:2.0:User")

    employee_number: str | None = None
    cost_center: str | None = None
    organization: str | None = None
    division: str | None = None
    department: str | None = None
    manager: Annotated[Manager | None, Mutability.read_only] = None


class HeldPost(ComplexAttribute):
    """A post of today or to come: a role at a facility or another unit, from day `start` to day `end`.

    What the registry alone knows of it, its id and the level of the role, is returned on request.
    """

    value: Annotated[_Reference, Returned.request] = None
    facility_code: Annotated[str | None, Required.true, CaseExact.true] = None
    role_code: Annotated[str | None, Required.true, CaseExact.true] = None
    level: Annotated[_ReadOnly, Returned.request] = None
    start: Annotated[str | None, Required.true, CaseExact.true] = Field(None, examples=["2025-01-01"])
    end: Annotated[str | None, CaseExact.true] = Field(None, examples=["2199-12-31"])
    primary: bool | None = None
    acting: bool | None = None


class HealthUser(Extension):
    """What a ministry of health says of its workforce."""

    __schema__ = URN("urn:steward:scim:schemas:extension:health:1.0:User")

    cadre: str | None = None
    sex: Annotated[str | None, Field(examples=["female", "male", "other"])] = None
    birth_year: Annotated[str | None, CaseExact.true] = Field(None, examples=["1984"])
    employment_status: str | None = None
    licence_number: Annotated[str | None, CaseExact.true] = None
    posts: list[HeldPost] | None = None


class Member(ComplexAttribute):
    """A member of a group."""

    value: _Reference = None
    ref: Annotated[Reference["User"] | None, Mutability.read_only] = Field(  # type: ignore[type-arg]  # a forward name takes none
        None, serialization_alias="$ref", validation_alias="$ref"
    )
    display: _ReadOnly = None
    type: _ReadOnly = None


class Group(Resource[AnyExtension]):
    """Everybody who holds a post in one role at one unit today."""

    __schema__ = URN("urn:ietf:params:scim:schemas:core:2.0:Group")

    display_name: _ReadOnly = None
    members: Annotated[list[Member] | None, Mutability.read_only] = None


Person = User[EnterpriseUser | HealthUser]
