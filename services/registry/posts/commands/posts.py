"""Posts: a person in a role at a unit for some days, one of the simultaneous ones primary."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.leavings.leaving import UNSAID, Leaving, check_leaving
from services.registry.matching.commands.candidates import compare_later
from services.registry.posts.commands.identifiers import claim_external_id
from services.registry.posts.commands.transfers import continue_post
from services.registry.posts.history import Change, Term, change
from services.registry.primary_post import MOST, Held, rival_claims
from services.registry.publication.commands import announce_people, keep_posts, raise_people
from services.registry.source_systems.queries import Writer
from services.registry.tables.people import person, post, post_version
from services.registry.tables.units import role, unit
from shared import clock
from shared.database.engine import raw
from shared.errors import Conflict, FieldError, Invalid, NotFound, Problem
from shared.fields import Wrong


async def find_post(session: AsyncSession, post_id: UUID) -> sa.RowMapping:
    """The post's row, after its person was locked. Raises NotFound `post-unknown`."""
    whose = await session.scalar(sa.select(post.c.person_id).where(post.c.post_id == post_id))
    if whose is not None:
        await session.execute(
            sa.select(person.c.person_id).where(person.c.person_id == whose).with_for_update()
        )
    found = await session.execute(sa.select(post).where(post.c.post_id == post_id).with_for_update())
    row = found.mappings().one_or_none()
    if row is None:
        raise NotFound("post-unknown", "There is no such post, or none that you may see.")
    return row


async def create_post(session: AsyncSession, values: Mapping[str, Any], writer: Writer) -> UUID:
    """A new post from the columns of `post`. Returns its id. See `_check` for what is refused."""
    external_id, source = values.get("external_id"), writer.source
    if external_id is not None:
        await claim_external_id(session, source, external_id, "/external_id")
    await _check(session, values, None, 1)
    connection = await raw(session)
    await raise_people(connection, [values["person_id"]])
    row = {**values, "version": 1, "source": source, "recorded_at": clock.now(), "recorded_by": writer.by}
    post_id: UUID = await session.scalar(sa.insert(post).values(**row).returning(post.c.post_id))
    await compare_later(connection, [values["person_id"]])
    await announce_people(connection, [values["person_id"]])
    return post_id


async def change_post(
    session: AsyncSession, post_id: UUID, values: Mapping[str, Any], by: str, as_of: date | None = None
) -> UUID:
    """Change what a post says; its person stays. Nothing new, no version.

    Returns the id of the post as it is from now on: a new one's where `as_of` leaves the past as it was.
    Raises Conflict `history-changed` or `post-ended`.
    """
    row = await find_post(session, post_id)
    after = {**row, **values}
    if after["valid_to"] is None and row["valid_to"] is not None:  # what does not end has no reason to
        after |= {"end_reason": None, "end_destination": None}
    if after == dict(row):
        return post_id
    decided = _decide(dict(row), after, as_of)
    after |= {"valid_from": decided.term.valid_from}
    changed = {column: value for column, value in after.items() if row[column] != value}
    if not changed:
        return post_id
    await _check(session, after, post_id, 1 if decided.ends is None else 2)
    if decided.ends is not None:
        return await continue_post(session, row, after, decided.ends, by)
    connection = await raw(session)
    await raise_people(connection, [row["person_id"]])
    await compare_later(connection, [row["person_id"]] if "unit_code" in changed else [])
    await keep_posts(connection, [post_id])
    recorded = {"version": row["version"] + 1, "recorded_at": clock.now(), "recorded_by": by}
    await session.execute(sa.update(post).where(post.c.post_id == post_id).values(**changed, **recorded))
    await announce_people(connection, [row["person_id"]])
    return post_id


def _decide(row: Mapping[str, Any], after: Mapping[str, Any], as_of: date | None) -> Change:
    try:
        return change(_term(row), _term(after), as_of, today=clock.today())
    except Wrong as wrong:
        error = FieldError(wrong.pointer, wrong.code, wrong.detail)
        if wrong.code == "post-ended":
            raise Conflict("post-ended", wrong.detail, [error]) from None
        raise Conflict("history-changed", wrong.detail, [error]) from None


def _term(row: Mapping[str, Any]) -> Term:
    return Term(
        row["unit_code"], row["role_code"], row["valid_from"], row["valid_to"], row["acting"],
        row["primary_claim"],
    )  # fmt: skip


async def end_post(
    session: AsyncSession, post_id: UUID, last_day: date, by: str, leaving: Leaving = UNSAID
) -> None:
    """The post is held until `last_day`. Raises as `change_post`, Invalid `dates-wrong` when it begins later."""
    codes = {"end_reason": leaving.reason, "end_destination": leaving.destination}
    await change_post(session, post_id, {"valid_to": last_day} | (codes if leaving.reason else {}), by)


async def withdraw_post(session: AsyncSession, post_id: UUID, by: str) -> None:
    """The post was a mistake: nobody ever held it. Its versions stay."""
    row = await find_post(session, post_id)
    connection = await raw(session)
    await raise_people(connection, [row["person_id"]])
    await _withdraw(session, [row], by)
    await announce_people(connection, [row["person_id"]])


async def end_posts(
    session: AsyncSession, person_id: UUID, on: date, by: str, leaving: Leaving = UNSAID
) -> None:
    """End all posts of a person before the day `on`; those that begin then or later are withdrawn."""
    still = sa.or_(post.c.valid_to.is_(None), post.c.valid_to >= on)
    select = sa.select(post).where(post.c.person_id == person_id, still).with_for_update()
    rows = (await session.execute(select)).mappings().all()
    ending = [row["post_id"] for row in rows if row["valid_from"] < on]
    await keep_posts(await raw(session), ending)
    recorded = {"version": post.c.version + 1, "recorded_at": clock.now(), "recorded_by": by}
    statement = sa.update(post).where(post.c.post_id.in_(ending))
    codes = {"end_reason": leaving.reason, "end_destination": leaving.destination}
    await session.execute(statement.values(valid_to=on - timedelta(days=1), **codes, **recorded))
    await _withdraw(session, [row for row in rows if row["valid_from"] >= on], by)


async def _withdraw(session: AsyncSession, rows: list[sa.RowMapping], by: str) -> None:
    ids = [row["post_id"] for row in rows]
    await keep_posts(await raw(session), ids)
    for row in rows:
        last = {column.name: row[column.name] for column in post_version.c if column.name in row}
        last |= {
            "version": row["version"] + 1,
            "withdrawn": True,
            "recorded_at": clock.now(),
            "recorded_by": by,
        }
        await session.execute(sa.insert(post_version).values(**last))
    await session.execute(sa.delete(post).where(post.c.post_id.in_(ids)))


async def _check(session: AsyncSession, values: Mapping[str, Any], own: UUID | None, adds: int) -> None:
    """Raises Invalid for dates and references that are wrong, Conflict for what the state forbids.

    Codes: `dates-wrong`, `unit-unknown`, `unit-closed`, `role-unknown`, `manager-unknown`,
    `manager-self`, `person-unknown`, `person-deactivated`, `primary-overlaps`, `posts-too-many`. `adds`: posts
    of the person that there will be with the others.
    """
    valid_to: date | None = values["valid_to"]
    if valid_to is not None and valid_to < values["valid_from"]:
        raise _refused(Invalid, "/valid_to", "dates-wrong", "A post ends on or after its first day.")
    _check_end(values)
    there = sa.and_(person.c.person_id == values["person_id"], person.c.merged_into.is_(None))
    whose = await session.execute(sa.select(person.c.deactivated_on).where(there).with_for_update())
    found = whose.one_or_none()
    if found is None:
        raise _refused(Invalid, "/person_id", "person-unknown", "There is no such person.")
    if _goes_beyond(valid_to, found.deactivated_on):
        raise _refused(
            Conflict, "/valid_to", "person-deactivated", f"The person leaves on {found.deactivated_on}."
        )
    await _check_references(session, values)
    rows = await session.execute(sa.select(post).where(post.c.person_id == values["person_id"]))
    posts = [_held(row) for row in rows.mappings() if row["post_id"] != own]
    if len(posts) + adds > MOST:
        detail = f"A person has up to {MOST} posts, past ones included."
        raise _refused(Conflict, "/person_id", "posts-too-many", detail)
    if rivals := rival_claims([*posts, _held({"post_id": own or "new", **values})]):
        detail = f"Another post is primary on the same days: {_others(rivals, own)}."
        raise _refused(Conflict, "/primary", "primary-overlaps", detail)


def _check_end(values: Mapping[str, Any]) -> None:
    leaving = Leaving(values.get("end_reason"), values.get("end_destination"))
    if leaving != UNSAID and values["valid_to"] is None:
        raise _refused(Invalid, "/end_reason", "leaving-wrong", "A post that does not end has no reason to.")
    try:
        check_leaving(leaving, service=False, pointers=("/end_reason", "/end_destination"))
    except Wrong as wrong:
        raise _refused(Invalid, wrong.pointer, wrong.code, wrong.detail) from None


async def _check_references(session: AsyncSession, values: Mapping[str, Any]) -> None:
    select = sa.select(unit.c.closed_on, unit.c.successors).where(unit.c.unit_code == values["unit_code"])
    at = (await session.execute(select.with_for_update(read=True))).one_or_none()
    if at is None:
        raise _refused(Invalid, "/unit_code", "unit-unknown", "There is no such unit.")
    if _goes_beyond(values["valid_to"], at.closed_on):
        after = f"; it is succeeded by {', '.join(at.successors)}" if at.successors else ""
        raise _refused(
            Conflict, "/unit_code", "unit-closed", f"The unit is closed from {at.closed_on}{after}."
        )
    if not await session.scalar(sa.select(role.c.role_code).where(role.c.role_code == values["role_code"])):
        raise _refused(Invalid, "/role_code", "role-unknown", "There is no such role.")
    manager = values["manager_post_id"]
    if manager is not None:
        whose = await session.scalar(sa.select(post.c.person_id).where(post.c.post_id == manager))
        if whose is None:
            raise _refused(Invalid, "/manager_post_id", "manager-unknown", "There is no such post.")
        if whose == values["person_id"]:
            raise _refused(Invalid, "/manager_post_id", "manager-self", "Nobody reports to themselves.")


def _goes_beyond(valid_to: date | None, end: date | None) -> bool:
    """Whether days up to `valid_to` reach the first day `end` on which something is over."""
    return end is not None and (valid_to is None or valid_to >= end)


def _held(row: Mapping[str, Any] | sa.RowMapping) -> Held:
    return Held(str(row["post_id"]), row["valid_from"], row["valid_to"], row["acting"], row["primary_claim"])


def _others(rivals: list[tuple[str, str]], own: UUID | None) -> str:
    mine = str(own or "new")
    return ", ".join(sorted({identifier for pair in rivals for identifier in pair} - {mine}))


def _refused(kind: type[Problem], pointer: str, code: str, detail: str) -> Problem:
    return kind(code, detail, [FieldError(pointer, code, detail)])
