"""Entries of the audit that a caller may read: about people inside their units, or all of them with the root."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy import text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from shared import clock
from shared.audit.forms import entry_form, moment, seal_form
from shared.audit.tables import audit_entry, audit_people, audit_seal
from shared.auth.caller import Caller
from shared.auth.rights import Reach, decide
from shared.directory.authorization import require_some_unit
from shared.directory.tables import directory_tables, held_on
from shared.http.paging import Page, page

READ = "audit.read"
SHOWN = 20  # people of one entry on a page; an entry of more says how many it is about
MOST = 2000  # entries of one answer of the export, which ends with a seal
_directory = directory_tables(sa.MetaData())
_unit, _post, _subject = _directory.unit, _directory.post, _directory.subject
_ROOT_INSIDE = sa.select(
    sa.exists().where(
        _unit.c.parent.is_(None),
        _unit.c.version > 0,
        _unit.c.unit_code == sa.any_(sa.bindparam("units", type_=ARRAY(sa.Text))),
    )
)
_SUBJECTS = sa.select(_subject.c.subject_key, _subject.c.person_id).where(
    _subject.c.subject_key == sa.any_(sa.bindparam("keys", type_=ARRAY(sa.Text)))
)
# Of each entry the first few that the caller may see; what is asked for is bounded by the page.
_PEOPLE = text("""
select named.entry_id, found.person_id from unnest(cast(:entries as uuid[])) as named(entry_id),
lateral (
    select person_id from (
        select coalesce(a.person_id, among.person_id) as person_id
        from audit_people a left join lateral unnest(a.people) as among(person_id) on true
        where a.entry_id = named.entry_id
    ) about
    where person_id is not null and (:everywhere or exists (
        select from post p join unit u using (unit_code)
        where p.person_id = about.person_id and u.path && cast(:units as text[])
            and p.valid_from <= :today and (p.valid_to is null or p.valid_to >= :today)))
    limit :shown
) found
""")


async def everywhere(session: AsyncSession, caller: Caller) -> bool:
    """Whether the caller reads entries about everybody. Raises Forbidden as `require_some_unit`."""
    await require_some_unit(session, caller, READ)
    inside = await session.scalar(_ROOT_INSIDE, {"units": list(caller.units)})
    return bool(inside) and decide(caller, READ, {Reach.UNITS}) is not None


async def entries(
    session: AsyncSession,
    caller: Caller,
    wanted: Page,
    filters: dict[str, Any],
    conditions: Sequence[sa.ColumnElement[bool]] = (),
) -> dict[str, Any]:
    """A page of sealed entries, oldest first, each with the people whom the caller may see in it.

    `conditions` on the table of entries hold besides the `filters`.
    """
    is_everywhere = await everywhere(session, caller)
    select = sa.select(audit_entry).where(audit_entry.c.seal.is_not(None), *_filtered(filters), *conditions)
    if not is_everywhere:
        select = select.where(_inside(caller))
        if (person := filters.get("person")) is not None:
            select = select.where(_is_inside(caller, person))
    found = await page(session, select, [audit_entry.c.entry_id], wanted)
    people = await _people(session, caller, [row["entry_id"] for row in found["items"]], is_everywhere)
    who = await _callers(session, [row["caller"] for row in found["items"]])
    items = [
        {
            **{name: row[name] for name in ("entry_id", "day", "at", "caller", "client", "operation")},
            **{name: row[name] for name in ("purpose", "seal", "position")},
            "roles": row["roles"].split(),
            "caller_person_id": who.get(row["caller"]),
            "about": row["people"],
            "people": [{"person_id": person} for person in people.get(row["entry_id"], ())],
        }
        for row in found["items"]
    ]
    return {"items": items, "next": found["next"]}


def _filtered(filters: dict[str, Any]) -> list[sa.ColumnElement[bool]]:
    found: list[sa.ColumnElement[bool]] = []
    if (person := filters.get("person")) is not None:
        found.append(about(person))
    if filters.get("caller") is not None:
        found.append(audit_entry.c.caller == filters["caller"])
    if filters.get("by") is not None:
        keys = sa.select(_subject.c.subject_key).where(_subject.c.person_id == filters["by"])
        found.append(audit_entry.c.caller.in_(keys))
    if filters.get("day") is not None:
        found.append(audit_entry.c.day == filters["day"])
    return found


def about(person_id: UUID) -> sa.ColumnElement[bool]:
    """Whether an entry is about a person, alone or among many."""
    alone = sa.select(audit_people.c.entry_id).where(audit_people.c.person_id == person_id)
    many = audit_people.c.people
    among = sa.select(audit_people.c.entry_id).where(
        many.is_not(None), sa.literal(person_id, postgresql.UUID) == sa.any_(many)
    )
    return sa.or_(audit_entry.c.entry_id.in_(alone), audit_entry.c.entry_id.in_(among))


def _inside(caller: Caller) -> sa.ColumnElement[bool]:
    """Whether an entry is about somebody with a post inside the caller's units today."""
    its = audit_people.c.entry_id == audit_entry.c.entry_id
    person = sa.or_(
        _post.c.person_id == audit_people.c.person_id, _post.c.person_id == sa.any_(audit_people.c.people)
    )
    return sa.exists().where(its, person, _held(caller))


def _is_inside(caller: Caller, person_id: UUID) -> sa.ColumnElement[bool]:
    """Whether a person has such a post: an entry is found by those alone whom the caller may see in it."""
    return sa.exists().where(_post.c.person_id == person_id, _held(caller))


def _held(caller: Caller) -> sa.ColumnElement[bool]:
    """Whether a post is held today inside the caller's units."""
    overlaps = _unit.c.path.overlap(sa.cast(list(caller.units), ARRAY(sa.Text)))
    return sa.and_(_post.c.unit_code == _unit.c.unit_code, held_on(_post, clock.today()), overlaps)


async def _people(
    session: AsyncSession, caller: Caller, ids: Sequence[UUID], is_everywhere: bool
) -> dict[UUID, list[UUID]]:
    values = {"entries": list(ids), "everywhere": is_everywhere, "units": list(caller.units)}
    rows = await session.execute(_PEOPLE, {**values, "today": clock.today(), "shown": SHOWN})
    found: dict[UUID, list[UUID]] = {}
    for entry_id, person_id in rows:
        found.setdefault(entry_id, []).append(person_id)
    return found


async def _callers(session: AsyncSession, keys: Sequence[str | None]) -> dict[str, UUID]:
    rows = await session.execute(_SUBJECTS, {"keys": [key for key in keys if key]})
    return {row.subject_key: row.person_id for row in rows}


async def exported(
    session: AsyncSession, service: str, after: int, *, opened: bool
) -> tuple[list[dict[str, Any]], set[UUID]]:
    """Lines of the export after a seal: the entries of each seal in order, then the seal. And whom they name.

    As many whole seals as have about `MOST` entries together, at least one; none where there is no later one.
    """
    seals = sa.select(audit_seal).where(audit_seal.c.number > after).order_by(audit_seal.c.number)
    taken: list[Any] = []
    for row in (await session.execute(seals.limit(MOST))).mappings():
        if taken and sum(each["entries"] for each in taken) + row["entries"] > MOST:
            break
        taken.append(row)
    lines: list[dict[str, Any]] = []
    named: set[UUID] = set()
    for row in taken:
        lines += await _entry_lines(session, row["number"], opened, named)
        signed = {"hash": row["hash"], "signature": row["signature"]}
        lines.append({"kind": "seal", **seal_form(row, service), **signed})
    return lines, named


async def _entry_lines(
    session: AsyncSession, number: int, opened: bool, named: set[UUID]
) -> list[dict[str, Any]]:
    rows = sa.select(audit_entry).where(audit_entry.c.seal == number).order_by(audit_entry.c.position)
    entries_of = [dict(row) for row in (await session.execute(rows)).mappings()]
    ids = [row["entry_id"] for row in entries_of]
    leaves = (
        sa.select(audit_people).where(audit_people.c.entry_id.in_(ids)).order_by(audit_people.c.commitment)
    )
    found: dict[UUID, list[dict[str, Any]]] = {}
    for leaf in (await session.execute(leaves)).mappings():
        shown: dict[str, Any] = {"commitment": bytes(leaf["commitment"]).hex()}
        people = [leaf["person_id"]] if leaf["person_id"] else leaf["people"] or []
        if opened and people and leaf["salt"]:
            named.update(people)
            shown |= {"people": [str(each) for each in people], "salt": bytes(leaf["salt"]).hex()}
        found.setdefault(leaf["entry_id"], []).append(shown)
    return [{"kind": "entry", **entry_form(row), "of": found.get(row["entry_id"], [])} for row in entries_of]


async def heads(session: AsyncSession, wanted: Page) -> dict[str, Any]:
    """A page of seals, oldest first: what somebody notes elsewhere, to hold a later export against."""
    columns = [audit_seal.c[name] for name in ("number", "sealed_at", "entries", "hash")]
    found = await page(session, sa.select(*columns), [audit_seal.c.number], wanted)
    return {
        "items": [{**row, "sealed_at": moment(row["sealed_at"])} for row in found["items"]],
        "next": found["next"],
    }
