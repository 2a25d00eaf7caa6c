"""A person is erased: registry keeps their posts under a pseudonym, and tells the other services."""

import hashlib
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.access.queries import same_person
from services.registry.matching.commands.candidates import COMPARING
from services.registry.merged_people.commands.forgetting import forget_merges
from services.registry.people.commands.people import find_person
from services.registry.source_systems.commands import share_imports
from services.registry.tables import metadata
from services.registry.tables.erasures import erased_identifier, erasure, legal_hold
from services.registry.tables.identifiers import (
    former_identifier,
    identified_person,
    person_identifier,
    post_identifier,
)
from services.registry.tables.matching import match_key, match_review, placed_match_key
from services.registry.tables.people import (
    agenda,
    claimed_subject,
    person,
    person_version,
    post,
    post_version,
    subject,
)
from services.registry.tables.resource_changes import resource_change
from services.registry.tables.scim import scim_account, scim_profile
from services.registry.tables.sent_resources import sent_resource
from shared import clock
from shared.database.engine import lock
from shared.erasure import commands as erasing
from shared.erasure import messages
from shared.erasure.pseudonyms import identifier_digest, pseudonym
from shared.errors import Conflict, NotFound
from shared.events.registry import PersonErased
from shared.messaging import outbox

# Each row names the person, or follows from what names them. Those that refer to `person` come before it.
_NAMING = (
    subject, claimed_subject, person_identifier, former_identifier, scim_account, scim_profile, match_key,
    placed_match_key, agenda, legal_hold, person_version,
)  # fmt: skip
OF_NOBODY = "erased"  # the source of what is left: no system's


async def request_erasure(session: AsyncSession, person_id: UUID, by: str) -> dict[str, Any]:
    """Note that somebody asks for a person to be erased; the first request stands.

    Raises Conflict `person-active` before they have left, `legal-hold` under a hold, NotFound `person-unknown`.
    """
    await _require_erasable(session, person_id)
    mine = sa.select(erasure).where(erasure.c.subject_id == person_id)
    found = (await session.execute(mine)).mappings().one_or_none()
    if found is None:
        row = {"subject_id": person_id, "requested_at": clock.now(), "requested_by": by}
        statement = sa.insert(erasure).values(row).returning(erasure)
        found = (await session.execute(statement)).mappings().one()
    return dict(found)


async def withdraw(session: AsyncSession, erasure_id: UUID) -> UUID:
    """Take a request back; returns whom it was about.

    Raises NotFound `erasure-unknown`, Conflict `erasure-done`.
    """
    request = await _waiting(session, erasure_id)
    await session.execute(sa.delete(erasure).where(erasure.c.erasure_id == erasure_id))
    return UUID(str(request["subject_id"]))


async def confirm(session: AsyncSession, erasure_id: UUID, by: str) -> dict[str, Any]:
    """Erase the person of a request, and tell all services.

    Raises NotFound `erasure-unknown`, Conflict `erasure-done`, `second-person-required` for who asked for it, and
    what `request_erasure` raises.
    """
    request = await _waiting(session, erasure_id)
    if await same_person(session, request["requested_by"], by):
        raise Conflict("second-person-required", "Somebody else than who asked for it has to confirm it.")
    person_id = UUID(str(request["subject_id"]))
    await _hold_up_imports(session, person_id)
    await _require_erasable(session, person_id)
    event = _event(person_id, by)
    await erase(session, person_id)
    done = {"subject_id": None, "erased_at": event.erased_at, "confirmed_by": by, "digest": event.digest}
    statement = sa.update(erasure).where(erasure.c.erasure_id == erasure_id).values(**done)
    found = (await session.execute(statement.returning(erasure))).mappings().one()
    await outbox.add(session, event, aggregate_id=str(person_id), version=0)
    return dict(found)


async def erase(session: AsyncSession, person_id: UUID) -> None:
    """Delete what names a person; posts and shares go on under their pseudonym. Safe to repeat."""
    found = await session.execute(sa.select(person).where(person.c.person_id == person_id).with_for_update())
    row = found.mappings().one_or_none()
    names = await _identifiers(session, person_id)
    await _remember_identifiers(session, person_id)
    await forget_names(session, person_id)
    if row is not None:
        await _leave_a_stub(session, row)
    await erasing.erase(session, metadata, [person_id])
    await messages.forget(session, person_id, *names)


async def repeat(session: AsyncSession, event: PersonErased) -> None:
    """Erase somebody again who is back from a backup, and note the erasure where the backup lacks it."""
    await _hold_up_imports(session, UUID(event.person_id))
    await erase(session, UUID(event.person_id))
    known = sa.exists().where(erasure.c.digest == event.digest)
    if not await session.scalar(sa.select(known)):
        times = {"requested_at": event.erased_at, "erased_at": event.erased_at}
        by = {"requested_by": OF_NOBODY, "confirmed_by": event.confirmed_by, "digest": event.digest}
        await session.execute(sa.insert(erasure).values(**times, **by))


async def sweep(session: AsyncSession) -> int:
    """Erase once more what came about while somebody was erased. Returns how many were looked at."""
    return await erasing.sweep(session, metadata, forget_names)


async def forget_names(session: AsyncSession, person_id: UUID) -> None:
    """Delete every row that names a person or follows from a name, and what systems call their posts."""
    await lock(session, COMPARING)
    await forget_merges(session, person_id)
    for table in _NAMING:
        await session.execute(sa.delete(table).where(table.c.person_id == person_id))
    pair = match_review.c
    both = sa.or_(pair.first_id == person_id, pair.second_id == person_id)
    await session.execute(sa.delete(match_review).where(both))
    posts = await _posts(session, person_id)
    await session.execute(sa.delete(post_identifier).where(post_identifier.c.post_id.in_(posts)))
    named = sa.and_(post.c.post_id.in_(posts), post.c.external_id.is_not(None))
    await session.execute(sa.update(post).where(named).values(external_id=None))
    keys = [str(person_id), *map(str, posts)]
    await session.execute(sa.delete(sent_resource).where(sent_resource.c.key.in_(keys)))
    listed = sa.and_(resource_change.c.kind == "person", resource_change.c.ids.contains([person_id]))
    renamed = sa.func.array_replace(resource_change.c.ids, person_id, pseudonym(person_id))
    await session.execute(sa.update(resource_change).where(listed).values(ids=renamed))


async def _posts(session: AsyncSession, person_id: UUID) -> list[UUID]:
    """Ids of a person's posts, withdrawn ones included: what FHIR clients sent of these is still there."""
    whose = (person_id, pseudonym(person_id))
    withdrawn = sa.select(post_version.c.post_id).where(
        post_version.c.person_id.in_(whose), post_version.c.withdrawn
    )
    mine = sa.select(post.c.post_id).where(post.c.person_id.in_(whose))
    return list(await session.scalars(mine.union(withdrawn)))


async def hold(session: AsyncSession, person_id: UUID, reason: str, by: str) -> dict[str, Any]:
    """Let nobody erase a person; a later reason takes the place of an earlier one."""
    await find_person(session, person_id)
    await session.execute(sa.delete(legal_hold).where(legal_hold.c.person_id == person_id))
    row = {"person_id": person_id, "reason": reason, "recorded_at": clock.now(), "recorded_by": by}
    return dict(
        (await session.execute(sa.insert(legal_hold).values(row).returning(legal_hold))).mappings().one()
    )


async def release(session: AsyncSession, person_id: UUID) -> None:
    """Lift the hold on a person. Raises NotFound `hold-unknown`."""
    held = sa.delete(legal_hold).where(legal_hold.c.person_id == person_id)
    if not (await session.execute(held.returning(legal_hold.c.person_id))).all():
        raise NotFound("hold-unknown", "Nothing holds the person's data.")


async def _require_erasable(session: AsyncSession, person_id: UUID) -> None:
    row = await find_person(session, person_id)
    others = sa.exists().where(person.c.merged_into == person_id)
    if row["merged_into"] is not None or await session.scalar(sa.select(others)):
        raise Conflict(
            "person-merged-record", "The record is one of several that were merged: part them first."
        )
    if row["deactivated_on"] is None or row["deactivated_on"] > clock.today():
        raise Conflict("person-active", "Only who has left can be erased.")
    if await session.scalar(sa.select(sa.exists().where(legal_hold.c.person_id == person_id))):
        raise Conflict("legal-hold", "The person's data are under a legal hold.")


async def _waiting(session: AsyncSession, erasure_id: UUID) -> sa.RowMapping:
    mine = sa.select(erasure).where(erasure.c.erasure_id == erasure_id).with_for_update()
    row = (await session.execute(mine)).mappings().one_or_none()
    if row is None:
        raise NotFound("erasure-unknown", "There is no such erasure.")
    if row["erased_at"] is not None:
        raise Conflict("erasure-done", "The person is erased already.")
    return row


def _event(person_id: UUID, by: str) -> PersonErased:
    moment = clock.now()
    digest = hashlib.sha256(f"{person_id}\n{moment.isoformat()}\n{by}".encode()).hexdigest()
    return PersonErased(person_id=str(person_id), erased_at=moment, confirmed_by=by, digest=digest)


async def _identifiers(session: AsyncSession, person_id: UUID) -> list[str]:
    """What systems and identity providers call a person, as stored answers have it: in quotation marks."""
    columns = [
        (person.c.external_id, person), (person_identifier.c.value, person_identifier),
        (former_identifier.c.value, former_identifier), (subject.c.sub, subject),
        (scim_account.c.user_name, scim_account), (person.c.email, person), (person.c.phone, person),
    ]  # fmt: skip
    selects = [
        sa.select(column.label("name")).where(table.c.person_id == person_id) for column, table in columns
    ]
    return [f'"{name}"' for name in await session.scalars(sa.union(*selects)) if name]


async def _hold_up_imports(session: AsyncSession, person_id: UUID) -> None:
    """Wait for loads of the systems that know the person: one that has looked already would bring them back.

    Before any row is locked: loads lock rows, too.
    """
    for table in (identified_person, former_identifier):
        systems = sa.select(table.c.system_id).where(table.c.person_id == person_id).distinct()
        for system_id in sorted(await session.scalars(systems)):
            await share_imports(session, system_id)


async def _remember_identifiers(session: AsyncSession, person_id: UUID) -> None:
    """Whoever goes on sending what a system called the person makes nobody anew by it."""
    for table in (identified_person, former_identifier):
        called = sa.select(table.c.system_id, table.c.value).where(table.c.person_id == person_id)
        rows = [
            {"system_id": system_id, "digest": identifier_digest(system_id, value)}
            for system_id, value in await session.execute(called)
            if value is not None
        ]
        if rows:
            await session.execute(insert(erased_identifier).values(rows).on_conflict_do_nothing())


async def _leave_a_stub(session: AsyncSession, row: sa.RowMapping) -> None:
    """What headcounts need of somebody whose posts stay: that they were there, and their sex."""
    facts = {name: row[name] for name in ("sex", "deactivated_on", "leaving_reason", "leaving_destination")}
    stub = {
        "person_id": pseudonym(UUID(str(row["person_id"]))), "version": row["version"] + 1, "source": OF_NOBODY,
        "family_name": "", "recorded_at": clock.now(), "recorded_by": OF_NOBODY, "erased": True, **facts,
    }  # fmt: skip
    await session.execute(sa.insert(person).values(stub))
    await session.execute(sa.delete(person).where(person.c.person_id == row["person_id"]))
