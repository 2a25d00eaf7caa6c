"""News of people who were erased, from before that or on their way meanwhile, applied under their pseudonyms."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from shared.erasure.pseudonyms import pseudonym
from shared.erasure.tables import erased_person
from shared.events.registry import (
    PeopleChanged,
    PeopleMerged,
    PeopleUnmerged,
    PersonAlias,
    PersonErased,
    PersonState,
)
from shared.messaging.subscriptions import Received

_ERASED = sa.select(erased_person.c.person_id).where(
    erased_person.c.person_id == sa.any_(sa.bindparam("ids", type_=ARRAY(sa.Uuid())))
)
_PERSON = (
    "person_id",
    "opened_for",
)  # of an event about one person: whom it is of, and was of before a merge
Fresh = list[tuple[Received[Any], str | None]]


async def under_pseudonyms(session: AsyncSession, fresh: Fresh) -> Fresh:
    """The same events, with a pseudonym in place of everybody who was erased."""
    named = {person_id for received, _ in fresh for person_id in _named(received.data)}
    if not named:
        return fresh
    found = await session.scalars(_ERASED, {"ids": [UUID(each) for each in named]})
    erased = {str(each): str(pseudonym(UUID(str(each)))) for each in found}
    if not erased:
        return fresh
    return [(replace(one, data=_renamed(one.data, erased)), parent) for one, parent in fresh]


def _named(event: Any) -> Sequence[str]:
    if isinstance(event, PersonErased):
        return ()
    if isinstance(event, PeopleChanged):
        return [item.person_id for item in event.items]
    if isinstance(event, PeopleMerged | PeopleUnmerged):
        return [event.person_id, *(alias.person_id for alias in event.aliases)]
    return [each for name in _PERSON if (each := getattr(event, name, None)) is not None]


def _renamed(event: Any, erased: dict[str, str]) -> Any:
    if isinstance(event, PeopleChanged):
        return PeopleChanged(items=[_state(item, erased) for item in event.items])
    if isinstance(event, PeopleMerged | PeopleUnmerged):
        return type(event)(
            person_id=erased.get(event.person_id, event.person_id),
            merged_id=erased.get(event.merged_id, event.merged_id),
            aliases=[_alias(alias, erased) for alias in event.aliases],
            items=[_state(item, erased) for item in event.items],
        )
    if isinstance(event, PersonErased):
        return event
    renamed = {name: erased[each] for name in _PERSON if (each := getattr(event, name, None)) in erased}
    return msgspec.structs.replace(event, **renamed) if renamed else event


def _alias(alias: PersonAlias, erased: dict[str, str]) -> PersonAlias:
    into = alias.merged_into
    renamed = {"person_id": erased.get(alias.person_id, alias.person_id)}
    return msgspec.structs.replace(alias, **renamed, merged_into=erased.get(into, into) if into else None)


def _state(item: PersonState, erased: dict[str, str]) -> PersonState:
    if item.person_id not in erased:
        return item
    nameless: dict[str, Any] = {"birth_year": None, "cadre": None, "subject_keys": [], "active": False}
    return msgspec.structs.replace(item, person_id=erased[item.person_id], erased=True, **nameless)
