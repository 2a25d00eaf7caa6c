"""What the doors of posts take and answer."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, field_validator, model_validator

from services.registry.field_types import Body, Identifier, example, not_null, strict_example
from services.registry.leavings.leaving import Destination, Reason
from shared.http.strict_types import Code, ExternalId, Flag, LastDay, RecordedDay

_PERSON = "0192f0c1-2f6e-7a51-9c44-5d2b8f0e1a10"
POST_EXAMPLE: dict[str, Any] = {
    "post_id": "0192f0c1-30aa-7b02-8d11-6a7c9e4f2b21", "version": 1, "external_id": "hr-post-81",
    "identifiers": [{"system": "hris", "value": "hr-post-81"}],
    "person_id": _PERSON,
    "unit_code": "SL-F-K7Q2M9X4AB", "role_code": "facility-manager", "level": "I", "valid_from": "2025-03-01",
    "valid_to": None, "end_reason": None, "end_destination": None, "acting": False, "primary": True,
    "manager_post_id": None,
}  # fmt: skip
_NEW = {
    key: POST_EXAMPLE[key] for key in ("external_id", "person_id", "unit_code", "role_code", "valid_from")
}


class Post(BaseModel):
    """A post; `primary` is meant on the day asked for, or on the nearest day that it is held.

    `end_reason` and `end_destination` are null for those who do not keep the record.
    """

    model_config = example(POST_EXAMPLE)
    post_id: UUID
    version: int
    external_id: str | None
    identifiers: list[Identifier]
    person_id: UUID
    unit_code: str
    role_code: str
    level: str | None
    valid_from: RecordedDay
    valid_to: RecordedDay | None
    end_reason: str | None
    end_destination: str | None
    acting: bool
    primary: bool
    manager_post_id: UUID | None


class Posts(BaseModel):
    """One page of posts."""

    model_config = example({"items": [POST_EXAMPLE], "next": None})
    items: list[Post]
    next: str | None


_LEFT_OUT = ("post_id", "external_id", "identifiers", "level", "primary")
_ONCE = {key: value for key, value in POST_EXAMPLE.items() if key not in _LEFT_OUT} | {
    "primary_claim": True,
    "withdrawn": False,
    "recorded_at": "2026-10-01T08:00:00Z",
}


class PostVersion(BaseModel):
    """What a post was once; `primary_claim` is what its source said."""

    version: int
    person_id: UUID
    unit_code: str
    role_code: str
    valid_from: RecordedDay
    valid_to: RecordedDay | None
    end_reason: str | None
    end_destination: str | None
    acting: bool
    primary_claim: bool
    manager_post_id: UUID | None
    withdrawn: bool
    recorded_at: datetime


class PostVersions(BaseModel):
    """One page of versions, oldest first. An identifier raises the version too, without an entry here."""

    model_config = example({"items": [_ONCE], "next": None})
    items: list[PostVersion]
    next: str | None


class PostToCreate(Body):
    """A post from its first to its last day, both inclusive, in the past, present or future.

    `primary: true` claims that it is the primary one; claims of one person must not overlap. Where
    nobody claims, a substantive post goes before an acting one, then the earliest.
    """

    model_config = strict_example(_NEW)
    person_id: UUID
    unit_code: Code
    role_code: Code
    valid_from: RecordedDay
    valid_to: LastDay = None
    end_reason: Reason | None = None
    end_destination: Destination | None = None
    acting: Flag = False
    primary: Flag = False
    manager_post_id: UUID | None = None
    external_id: ExternalId | None = None


class PostChange(Body):
    """What can be changed of a post; fields left out stay.

    `as_of` is the day from which the post is so: before it the post stays as it was, as one that ended the
    day before. Days already past change in no other way. A day up to the first one corrects the whole post.
    """

    model_config = strict_example({"unit_code": "SL-F-K7Q2M9X4AB", "as_of": "2027-01-01"})
    as_of: RecordedDay | None = None
    unit_code: Code | None = None
    role_code: Code | None = None
    valid_from: RecordedDay | None = None
    valid_to: LastDay = None
    end_reason: Reason | None = None
    end_destination: Destination | None = None
    acting: Flag | None = None
    primary: Flag | None = None
    manager_post_id: UUID | None = None

    _present = field_validator("unit_code", "role_code", "valid_from", "acting", "primary")(not_null)


class PostEnd(Body):
    """The last day of a post, and why it ends and where the person goes; or `withdrawn: true` for a mistake."""

    model_config = strict_example(
        {"last_day": "2026-12-31", "reason": "retired", "destination": "not-working"}
    )
    last_day: RecordedDay | None = None
    reason: Reason | None = None
    destination: Destination | None = None
    withdrawn: Flag = False

    @model_validator(mode="after")
    def one_of_both(self) -> "PostEnd":
        """Refuse both and neither."""
        if (self.last_day is None) != self.withdrawn:
            raise ValueError("give last_day, or withdrawn: true")
        if self.withdrawn and (self.reason, self.destination) != (None, None):
            raise ValueError("a post that nobody held ended for no reason")
        return self
