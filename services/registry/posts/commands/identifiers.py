"""What source systems call a post: given, changed, taken away, and taken along by the term that follows it.

The system that a post came from has its value in `post`, others in `post_identifier`.
"""

from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.source_systems.commands import share_imports
from services.registry.source_systems.queries import Writer
from services.registry.tables.identifiers import identified_post, post_identifier
from services.registry.tables.people import post
from shared import clock
from shared.errors import Conflict, FieldError, NotFound


async def claim_external_id(
    session: AsyncSession, source: str, value: str, pointer: str, post_id: UUID | None = None
) -> bool:
    """Whether a system calls the post `value` already; if no post is called so, none else will be meanwhile.

    Raises Conflict `external-id-taken` where another one is.
    """
    await share_imports(session, source)
    key = f"post\n{source}\n{value}"
    await session.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(key, 1))))
    same = sa.and_(identified_post.c.system_id == source, identified_post.c.value == value)
    held = await session.scalar(sa.select(identified_post.c.post_id).where(same))
    if held is None:
        return False
    if held != post_id:
        error = FieldError(pointer, "external-id-taken", "Another post of the system has it.")
        raise Conflict("external-id-taken", "The external id is taken.", [error])
    return True


async def identify_post(session: AsyncSession, row: sa.RowMapping, value: str, writer: Writer) -> None:
    """Let the writer's system call a post, a locked row, `value`, and nothing else any more.

    Nothing new, no version. Raises Conflict `external-id-taken`.
    """
    if not await claim_external_id(session, writer.source, value, "/value", row["post_id"]):
        await _record(session, row, value, writer)


async def unidentify_post(session: AsyncSession, row: sa.RowMapping, writer: Writer) -> None:
    """The writer's system calls the post nothing any more. Raises NotFound `identifier-unknown`."""
    known = identified_post.c
    mine = sa.and_(known.post_id == row["post_id"], known.system_id == writer.source)
    if await session.scalar(sa.select(known.value).where(mine)) is None:
        raise NotFound("identifier-unknown", "The source system has no identifier of it.")
    await _record(session, row, None, writer)


async def take_identifiers_along(session: AsyncSession, old: UUID, new: UUID) -> None:
    """What further systems call a post, they call the term that follows it from now on."""
    mine = post_identifier.c.post_id == old
    await session.execute(sa.update(post_identifier).where(mine).values(post_id=new))


async def _record(session: AsyncSession, row: sa.RowMapping, value: str | None, writer: Writer) -> None:
    """A new version for its entity tag. Who placed the person there, and when, stays: raters count by that."""
    first = row["source"] == writer.source
    if not first:
        await _record_further(session, row["post_id"], value, writer)
    changed = {"external_id": value} if first else {}
    statement = sa.update(post).where(post.c.post_id == row["post_id"])
    await session.execute(statement.values(version=post.c.version + 1, **changed))


async def _record_further(session: AsyncSession, post_id: UUID, value: str | None, writer: Writer) -> None:
    of_system = post_identifier.c.system_id == writer.source
    await session.execute(sa.delete(post_identifier).where(post_identifier.c.post_id == post_id, of_system))
    if value is not None:
        named = {"value": value, "system_id": writer.source, "post_id": post_id}
        by = {"recorded_at": clock.now(), "recorded_by": writer.by}
        await session.execute(sa.insert(post_identifier).values(**named, **by))
