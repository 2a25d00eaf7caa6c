"""By what two records that become one are known: identifiers of source systems, accounts and sign-ins.

A person has one identifier in each system. Where the survivor has one already, the other's is a former number:
posts come under it, and a line of people under it is refused (decision 47).
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.tables.identifiers import former_identifier, identified_person, person_identifier
from services.registry.tables.people import claimed_subject, person, subject
from services.registry.tables.scim import scim_account
from shared import clock

_CLAIM = ("person_id", "subject_key", "iss", "sub")


async def move_names(session: AsyncSession, survivor: UUID, merged: UUID, by: str) -> dict[str, Any]:
    """Let the survivor be known by everything that the merged record was known by; returns what that was."""
    return {
        "identifiers": await _move_identifiers(session, survivor, merged, by),
        "accounts": await _move_accounts(session, survivor, merged),
        **await _move_sign_ins(session, survivor, merged),
    }


async def return_names(
    session: AsyncSession, survivor: UUID, merged: UUID, names: Mapping[str, Any], by: str
) -> list[dict[str, Any]]:
    """Give back what the merged record was known by; returns which of it is somebody else's or nobody's by now."""
    conflicts = [
        {"record": "person", "id": str(survivor), "field": "identifiers"}
        for each in names["identifiers"]
        if not await _return_identifier(session, survivor, merged, each, by)
    ]
    mine = sa.and_(scim_account.c.person_id == survivor, scim_account.c.user_key.in_(names["accounts"]))
    await session.execute(sa.update(scim_account).where(mine).values(person_id=merged))
    tied = sa.and_(subject.c.person_id == survivor, subject.c.subject_key.in_(names["sign_ins"]))
    back = await session.execute(
        sa.update(subject).where(tied).values(person_id=merged).returning(subject.c.subject_key)
    )
    if len(back.all()) < len(names["sign_ins"]):
        conflicts.append({"record": "person", "id": str(survivor), "field": "subjects"})
    await _return_claims(session, survivor, merged, names["claims"])
    return conflicts


async def _move_identifiers(session: AsyncSession, survivor: UUID, merged: UUID, by: str) -> list[Any]:
    known, former = identified_person.c, former_identifier.c
    theirs = (
        await session.execute(sa.select(known.system_id, known.value).where(known.person_id == merged))
    ).all()
    held = set(await session.scalars(sa.select(known.system_id).where(known.person_id == survivor)))
    before = (
        await session.execute(sa.select(former.system_id, former.value).where(former.person_id == merged))
    ).all()
    source = await session.scalar(sa.select(person.c.source).where(person.c.person_id == merged))
    own = sa.delete(person_identifier).where(person_identifier.c.person_id == merged)
    await session.execute(own)
    nameless = sa.update(person).where(person.c.person_id == merged).values(external_id=None)
    await session.execute(nameless)
    moved = sa.update(former_identifier).where(former.person_id == merged).values(person_id=survivor)
    await session.execute(moved)
    for system_id, value in theirs:
        table = former_identifier if system_id in held else person_identifier
        await _add(session, table, survivor, system_id, value, by)
    first = [[system, value, "first" if system == source else "further"] for system, value in theirs]
    return [*first, *([system, value, "former"] for system, value in before)]


async def _add(
    session: AsyncSession, table: sa.Table, person_id: UUID, system_id: str, value: str, by: str
) -> None:
    row = {"value": value, "system_id": system_id, "person_id": person_id}
    await session.execute(sa.insert(table).values(**row, recorded_at=clock.now(), recorded_by=by))


async def _return_identifier(
    session: AsyncSession, survivor: UUID, merged: UUID, name: list[str], by: str
) -> bool:
    """Whether the survivor still had it, as a further identifier or a former one."""
    system_id, value, place = name
    gone = 0
    for table in (person_identifier, former_identifier):
        mine = sa.and_(table.c.system_id == system_id, table.c.value == value, table.c.person_id == survivor)
        gone += len((await session.execute(sa.delete(table).where(mine).returning(table.c.value))).all())
    if not gone:
        return False
    if place == "first":
        own = sa.update(person).where(person.c.person_id == merged).values(external_id=value)
        await session.execute(own)
    else:
        table = person_identifier if place == "further" else former_identifier
        await _add(session, table, merged, system_id, value, by)
    return True


async def _move_accounts(session: AsyncSession, survivor: UUID, merged: UUID) -> list[str]:
    """Accounts in systems in which the survivor has none; its own stays the only one of a system."""
    own = scim_account.alias("own")
    taken = sa.select(own.c.system_id).where(own.c.person_id == survivor)
    mine = sa.and_(scim_account.c.person_id == merged, scim_account.c.system_id.not_in(taken))
    moved = sa.update(scim_account).where(mine).values(person_id=survivor)
    return sorted(await session.scalars(moved.returning(scim_account.c.user_key)))


async def _move_sign_ins(session: AsyncSession, survivor: UUID, merged: UUID) -> dict[str, Any]:
    """Both people's sign-ins are the survivor's, claimed ones too where they are not tied now."""
    claims = sa.select(*(claimed_subject.c[name] for name in _CLAIM)).where(
        claimed_subject.c.person_id.in_([survivor, merged])
    )
    before = [[str(row[0]), *row[1:]] for row in (await session.execute(claims)).all()]
    tied = sa.update(subject).where(subject.c.person_id == merged).values(person_id=survivor)
    keys = sorted(await session.scalars(tied.returning(subject.c.subject_key)))
    await session.execute(
        sa.delete(claimed_subject).where(claimed_subject.c.person_id.in_([survivor, merged]))
    )
    held = set(await session.scalars(sa.select(subject.c.subject_key).where(subject.c.person_id == survivor)))
    claimed = {row[1]: [str(survivor), *row[1:]] for row in before if row[1] not in held}
    await _claim(session, list(claimed.values()))
    return {"sign_ins": keys, "claims": before}


async def _return_claims(
    session: AsyncSession, survivor: UUID, merged: UUID, before: list[list[str]]
) -> None:
    theirs = {key for whose, key, *_ in before if whose == str(merged)}
    own = {key for whose, key, *_ in before if whose == str(survivor)}
    gone = sa.and_(claimed_subject.c.person_id == survivor, claimed_subject.c.subject_key.in_(theirs - own))
    await session.execute(sa.delete(claimed_subject).where(gone))
    await _claim(session, before)


async def _claim(session: AsyncSession, rows: list[list[str]]) -> None:
    if rows:
        values = [dict(zip(_CLAIM, row, strict=True)) for row in rows]
        await session.execute(insert(claimed_subject).values(values).on_conflict_do_nothing())
