"""What names somebody who is erased: deleted, and what systems called them known again as digests alone."""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.matching.commands.candidates import COMPARING
from services.registry.merged_people.commands.forgetting import forget_merges
from services.registry.tables.erasures import erased_identifier, legal_hold
from services.registry.tables.identifiers import (
    former_identifier,
    identified_person,
    person_identifier,
    post_identifier,
)
from services.registry.tables.imports import import_absent
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
from services.registry.tables.region_transfers import arrival
from services.registry.tables.resource_changes import resource_change
from services.registry.tables.scim import scim_account, scim_profile
from services.registry.tables.sent_resources import sent_resource
from shared.database.engine import lock
from shared.erasure.pseudonyms import identifier_digest, pseudonym

# Each row names the person, or follows from what names them. Those that refer to `person` come before it.
_NAMING = (
    subject, claimed_subject, person_identifier, former_identifier, scim_account, scim_profile, match_key,
    placed_match_key, agenda, legal_hold, person_version, import_absent,
)  # fmt: skip


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
    # Whoever brings the file again is neither told the pseudonym, nor can the digest be used to guess a name.
    came = sa.update(arrival).where(arrival.c.person_id == person_id)
    await session.execute(came.values(person_id=None, digest=""))
    listed = sa.and_(resource_change.c.kind == "person", resource_change.c.ids.contains([person_id]))
    renamed = sa.func.array_replace(resource_change.c.ids, person_id, pseudonym(person_id))
    await session.execute(sa.update(resource_change).where(listed).values(ids=renamed))


async def stored_names(session: AsyncSession, person_id: UUID) -> list[str]:
    """What systems and identity providers call a person, as stored answers have it: in quotation marks.

    With the transfer by which they came: what was answered before they were accepted has no id of a person.
    """
    columns = [
        (person.c.external_id, person), (person_identifier.c.value, person_identifier),
        (former_identifier.c.value, former_identifier), (subject.c.sub, subject),
        (scim_account.c.user_name, scim_account), (person.c.email, person), (person.c.phone, person),
        (sa.cast(arrival.c.transfer_id, sa.Text), arrival),
    ]  # fmt: skip
    selects = [
        sa.select(column.label("name")).where(table.c.person_id == person_id) for column, table in columns
    ]
    return [f'"{name}"' for name in await session.scalars(sa.union(*selects)) if name]


async def remember_identifiers(session: AsyncSession, person_id: UUID) -> None:
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


async def _posts(session: AsyncSession, person_id: UUID) -> list[UUID]:
    """Ids of a person's posts, withdrawn ones included: what FHIR clients sent of these is still there."""
    whose = (person_id, pseudonym(person_id))
    withdrawn = sa.select(post_version.c.post_id).where(
        post_version.c.person_id.in_(whose), post_version.c.withdrawn
    )
    mine = sa.select(post.c.post_id).where(post.c.person_id.in_(whose))
    return list(await session.scalars(mine.union(withdrawn)))
