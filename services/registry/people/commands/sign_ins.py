"""Sign-ins of a person: tied, or claimed where somebody has them whom the client may not see.

A claim is answered and shown like a tie, so that nobody finds out by trying who is recorded
elsewhere. It has no effect; a client that sees both people is answered `subject-taken` and settles it.
"""

from collections.abc import Sequence
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.tables.people import claimed_subject, person, subject
from shared.errors import Conflict, FieldError, Forbidden

SignIn = tuple[str, str, str]  # issuer, subject, opaque key
Condition = sa.ColumnElement[bool]
_TABLES = (subject, claimed_subject)


async def keys_of(session: AsyncSession, person_id: UUID) -> set[str]:
    """The keys of the sign-ins that a person's record says, tied or claimed."""
    select = sa.union_all(
        *(sa.select(each.c.subject_key).where(each.c.person_id == person_id) for each in _TABLES)
    )
    return set((await session.scalars(select)).all())


async def keep_own(session: AsyncSession, person_id: UUID, by: str, sign_ins: Sequence[SignIn]) -> None:
    """Raises Forbidden `own-sign-in` when the client would untie the sign-in that it comes with.

    It would pass for a stranger: read who has answered about oneself and one's team, and answer for them.
    """
    own = sa.select(subject.c.person_id).where(subject.c.subject_key == by)
    if by not in {key for _, _, key in sign_ins} and await session.scalar(own) == person_id:
        raise Forbidden("own-sign-in", "Nobody unties their own sign-in.")


async def replace(
    session: AsyncSession, person_id: UUID, sign_ins: Sequence[SignIn], seen: Condition
) -> None:
    """Let a person have exactly these sign-ins; raises as `tie`."""
    for table in _TABLES:
        await session.execute(sa.delete(table).where(table.c.person_id == person_id))
    await tie(session, person_id, sign_ins, seen)


async def tie(session: AsyncSession, person_id: UUID, sign_ins: Sequence[SignIn], seen: Condition) -> None:
    """Tie sign-ins to a person; `seen` says of a row of `person` whether the client keeps its record.

    Raises Conflict `subject-taken` when one is somebody else's whom the client sees.
    """
    for place, (issuer, name, key) in enumerate(sign_ins):
        await session.execute(
            sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"sign-in\n{key}", 1)))
        )
        holder = (
            sa.select(seen.label("seen"))
            .select_from(subject.join(person))
            .where(subject.c.subject_key == key)
        )
        held = (await session.execute(holder)).one_or_none()
        if held is not None and held.seen:
            error = FieldError(f"/subjects/{place}", "subject-taken", "Another person has this sign-in.")
            raise Conflict("subject-taken", "The sign-in is tied to another person.", [error])
        row = {"subject_key": key, "person_id": person_id, "iss": issuer, "sub": name}
        await session.execute(sa.insert(subject if held is None else claimed_subject).values(**row))
