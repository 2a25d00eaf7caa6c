"""Totals of people's figures up the tree of units, published in editions (`shared.editions`).

A service notes whose figures may have changed. A timer reads those people's figures again, adds what changed
to their units, and publishes what may move. A share, what one person adds, never leaves the service.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from shared.database.arrays import literal
from shared.database.engine import Connection, Database, raw
from shared.settings import Settings

AT_ONCE = 500  # people whose figures are read anew together

Tree = tuple[str, str]  # period and slice


@dataclass(frozen=True, slots=True)
class Share:
    """What one person adds to the figures of a period and slice, at a unit."""

    period: str
    slice: str
    person_id: UUID
    unit_code: str
    figures: tuple[int, ...]


SharesOf = Callable[[AsyncSession, list[UUID]], Awaitable[Iterable[Share]]]


def tables(metadata: sa.MetaData) -> None:
    """Add what totals are kept in; all stay empty where there is no federation."""
    _notes(metadata)
    _people(metadata)
    _trees(metadata)


def _notes(metadata: sa.MetaData) -> None:
    sa.Table(
        "total_due",
        metadata,
        sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
        sa.Column("person_id", sa.Uuid, comment="null: the places of units changed"),
    )
    sa.Table("total_watch", metadata, sa.Column("since", sa.DateTime(timezone=True), primary_key=True))


def _people(metadata: sa.MetaData) -> None:
    sa.Table(
        "total_share",
        metadata,
        sa.Column("person_id", sa.Uuid, primary_key=True),
        *_key_columns("period", "slice"),
        sa.Column("unit_code", sa.Text, nullable=False),
        sa.Column("figures", ARRAY(sa.BigInteger), nullable=False),
        sa.Index("ix_total_share_unit", "unit_code", "period", "slice"),
    )
    sa.Table(
        "total_change",
        metadata,
        *_key_columns("period", "slice"),
        sa.Column("person_id", sa.Uuid, primary_key=True),
        sa.Column("edition", sa.Integer, primary_key=True, comment="the first that has the change"),
        sa.Column("path", ARRAY(sa.Text), comment="where the share counted before; null: nowhere"),
        sa.Column("figures", ARRAY(sa.BigInteger)),
    )


def _trees(metadata: sa.MetaData) -> None:
    sa.Table(
        "total_tree",
        metadata,
        *_key_columns("period", "slice"),
        sa.Column("edition", sa.Integer, nullable=False, server_default="0"),
        sa.Column("touched", sa.Boolean, nullable=False),
    )
    sa.Table(
        "total_cell",
        metadata,
        *_key_columns("period", "slice", "unit_code"),
        sa.Column("path", ARRAY(sa.Text), nullable=False),
        sa.Column("own_people", sa.Integer, nullable=False, server_default="0"),
        sa.Column("own_figures", ARRAY(sa.BigInteger), nullable=False, server_default="{}"),
        sa.Column("moved", sa.Integer, nullable=False, server_default="0"),
        sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
        sa.Column("people", sa.Integer, comment="as published; null: suppressed"),
        sa.Column("figures", ARRAY(sa.BigInteger), comment="null in a place: withheld"),
        sa.Column("told", ARRAY(sa.BigInteger), comment="people and portion, when the portion was told last"),
        sa.Column("as_of", sa.Date),
    )


def _key_columns(*names: str) -> list[sa.Column[str]]:
    return [sa.Column(name, sa.Text, primary_key=True) for name in names]


_watching = False


def watching() -> bool:
    """Whether this instance has a federation to publish totals to."""
    return _watching


_metadata = sa.MetaData()
_notes(_metadata)
_due, _watch = (
    _metadata.tables["total_due"],
    _metadata.tables["total_watch"],
)  # in whichever service's database


def watch(settings: Settings, everyone: sa.SelectBase) -> Callable[[Database], Awaitable[None]]:
    """A start-up step: in a federation totals are kept, at first of the people that `everyone` selects."""

    async def begin(database: Database) -> None:
        global _watching
        _watching = settings.federation != "none"
        async with database.session() as session:
            await session.execute(sa.text("lock table total_watch in exclusive mode"))
            known = await session.scalar(sa.select(sa.func.count()).select_from(_watch))
            if _watching and not known:
                await session.execute(sa.insert(_watch).values(since=sa.func.now()))
                await session.execute(sa.insert(_due).from_select(["person_id"], everyone))
            elif known and not _watching:  # what changes now is not noted
                await session.execute(sa.delete(_watch))

    return begin


async def note(session: AsyncSession | Connection, people: Iterable[UUID | str]) -> None:
    """These people's figures may have changed, once the running transaction is committed."""
    chosen = list(people)
    if _watching and chosen:
        connection = await raw(session) if isinstance(session, AsyncSession) else session
        await connection.execute("insert into total_due (person_id) select unnest($1::uuid[])", chosen)


async def note_places(session: AsyncSession | Connection) -> None:
    """Units may stand elsewhere, once the running transaction is committed."""
    if _watching:
        connection = await raw(session) if isinstance(session, AsyncSession) else session
        await connection.execute("insert into total_due (person_id) values (null)")


_DUE = """
delete from total_due where id in (select id from total_due order by id limit $1 for update skip locked)
returning person_id
"""
_OLD = (
    "select period, slice, person_id, unit_code, figures from total_share where person_id = any($1::uuid[])"
)
_TREES = """
insert into total_tree (period, slice, touched) select *, true from unnest($1::text[], $2::text[])
on conflict (period, slice) do update set touched = true
"""
# Before `_DROP`: how the shares were. Of several changes before one edition the first says it.
_LOG = """
insert into total_change (period, slice, person_id, edition, path, figures)
select n.period, n.slice, n.person_id, t.edition + 1, c.path, s.figures
from unnest($1::text[], $2::text[], $3::uuid[]) as n(period, slice, person_id)
join total_tree t using (period, slice) left join total_share s using (period, slice, person_id)
left join total_cell c on (c.period, c.slice, c.unit_code) = (s.period, s.slice, s.unit_code)
on conflict do nothing
"""
_DROP = """
delete from total_share s using unnest($1::text[], $2::text[], $3::uuid[]) as n(period, slice, person_id)
where (s.period, s.slice, s.person_id) = (n.period, n.slice, n.person_id)
"""
_PUT = """
insert into total_share (period, slice, person_id, unit_code, figures)
select period, slice, person_id, unit_code, figures::bigint[]
from unnest($1::text[], $2::text[], $3::uuid[], $4::text[], $5::text[])
    as n(period, slice, person_id, unit_code, figures)
"""
# Every unit above has a cell as well; of a closed quarter it stays where it stood then.
_CELLS = """
insert into total_cell (period, slice, unit_code, path)
select distinct n.period, n.slice, place.code, coalesce(a.path, array[place.code])
from unnest($1::text[], $2::text[], $3::text[]) as n(period, slice, unit_code)
left join unit u using (unit_code)
cross join lateral unnest(coalesce(u.path, array[n.unit_code])) as place(code)
left join unit a on a.unit_code = place.code
on conflict do nothing
"""
_SUMS = """
update total_cell c set own_people = n.people, own_figures = n.figures from (
    select k.period, k.slice, k.unit_code, coalesce(max(f.people), 0) as people,
        coalesce(array_agg(f.figure order by f.place) filter (where f.place is not null), '{}') as figures
    from unnest($1::text[], $2::text[], $3::text[]) as k(period, slice, unit_code)
    left join lateral (
        select x.place, count(*) as people, sum(x.figure)::bigint as figure
        from total_share s cross join lateral unnest(s.figures) with ordinality as x(figure, place)
        where (s.period, s.slice, s.unit_code) = (k.period, k.slice, k.unit_code) group by x.place
    ) f on true group by 1, 2, 3
) n where (c.period, c.slice, c.unit_code) = (n.period, n.slice, n.unit_code)
"""


async def take(session: AsyncSession, shares_of: SharesOf) -> tuple[int, bool]:
    """Count again up to 500 of those noted; how many that were, and whether units' places may differ."""
    connection = await raw(session)
    due = [row[0] for row in await connection.fetch(_DUE, AT_ONCE)]
    people = [person for person in dict.fromkeys(due) if person is not None]
    if people:
        old = {_key(share): share for share in map(_share, await connection.fetch(_OLD, people))}
        new = {_key(share): share for share in await shares_of(session, people)}
        await _change(connection, old, new)
    return len(due), None in due


async def _change(connection: Connection, old: dict[object, Share], new: dict[object, Share]) -> None:
    gone = [share for key, share in old.items() if new.get(key) != share]
    come = [share for key, share in new.items() if old.get(key) != share]
    if not gone and not come:
        return
    both = (*gone, *come)
    cells = _columns(sorted({(one.period, one.slice, one.unit_code) for one in both}))
    await connection.execute(_TREES, *_columns(sorted({(one.period, one.slice) for one in both})))
    await connection.execute(
        _LOG, *_columns(sorted({(one.period, one.slice, one.person_id) for one in both}))
    )
    if gone:
        await connection.execute(_DROP, *_columns([(one.period, one.slice, one.person_id) for one in gone]))
    if come:
        rows = [(one.period, one.slice, one.person_id, one.unit_code, literal(one.figures)) for one in come]
        await connection.execute(_PUT, *_columns(rows))
    await connection.execute(_CELLS, *cells)
    await connection.execute(_SUMS, *cells)


def _share(row: Any) -> Share:
    period, slice_, person, unit, figures = row
    return Share(period, slice_, UUID(str(person)), unit, tuple(figures))


def _key(share: Share) -> object:
    return share.period, share.slice, share.person_id


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
