"""Editions of totals: what of each touched tree moves is published, and what was published is kept.

Of a total that was never published nothing is said, since that would tell that one to four people are in it.
One worker at a time does this and `totals.take`, under its timer's lock. A round reads the cells of
the trees that were touched, one row a unit, and no people but those whose change is not told yet.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from operator import itemgetter
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from shared import editions, periods, totals
from shared.database.arrays import literal
from shared.database.engine import Connection, raw
from shared.editions import NOW, History, State, Total
from shared.messaging.tracing import telling
from shared.totals import SharesOf, Tree
from shared.withholding import Figures, portions_told, sums, withheld


@dataclass(frozen=True, slots=True)
class Cell:
    """A total as it is published; a portion in `figures` is None where it is withheld.

    People and figures are both None in one that was never published, and which an earlier version announced.
    """

    period: str
    slice: str
    unit_code: str
    version: int
    people: int | None
    figures: Figures | None
    as_of: date | None


Send = Callable[[AsyncSession, Sequence[Cell]], Awaitable[None]]

_TOUCHED = "update total_tree set touched = false where touched returning period, slice, edition"
_CELLS = """
select unit_code, path, own_people, own_figures, moved, version, people, figures, as_of, told
from total_cell where period = $1 and slice = $2
"""
_CHANGES = """
select h.person_id, h.edition, h.path, h.figures, c.path as now_path, s.figures as now_figures
from total_change h left join total_share s using (period, slice, person_id)
left join total_cell c on (c.period, c.slice, c.unit_code) = (s.period, s.slice, s.unit_code)
where h.period = $1 and h.slice = $2 order by h.person_id, h.edition
"""
_KEEP = """
update total_cell c set moved = n.moved, version = n.version, people = n.people, figures = n.figures::bigint[],
    as_of = n.as_of, told = case when n.figures::bigint[] is null or (n.figures::bigint[])[1] is null then c.told
        else array[n.people, (n.figures::bigint[])[1]] end
from unnest($3::text[], $4::int[], $5::bigint[], $6::int[], $7::text[], $8::date[])
    as n(unit_code, moved, version, people, figures, as_of)
where (c.period, c.slice, c.unit_code) = ($1, $2, n.unit_code)
"""
_EDITION = "update total_tree set edition = edition + 1 where period = $1 and slice = $2"
_FORGET = """
delete from total_change h using unnest($3::uuid[], $4::int[]) as n(person_id, told)
where h.period = $1 and h.slice = $2 and h.person_id = n.person_id and h.edition <= n.told
"""
_SENT = """
select period, slice, unit_code, version, people, figures, as_of from total_cell where version > 0
order by period, slice, unit_code
"""
# People of a unit that stands elsewhere changed the totals it stood in and those it stands in.
_MOVED = """
select c.period, c.slice, c.unit_code from total_cell c join unit u using (unit_code)
where c.path <> u.path and (c.period = '' or c.period >= $1)
"""
_MOVED_PEOPLE = """
insert into total_change (period, slice, person_id, edition, path, figures)
select s.period, s.slice, s.person_id, t.edition + 1, c.path, s.figures
from unnest($1::text[], $2::text[], $3::text[]) as n(period, slice, unit_code)
join total_share s using (period, slice, unit_code) join total_cell c using (period, slice, unit_code)
join total_tree t using (period, slice) on conflict do nothing
"""
_PLACE = """
update total_cell c set path = u.path from unit u, unnest($1::text[], $2::text[], $3::text[])
    as n(period, slice, unit_code)
where (c.period, c.slice, c.unit_code) = (n.period, n.slice, n.unit_code) and u.unit_code = n.unit_code
"""
_ABOVE = """
insert into total_cell (period, slice, unit_code, path)
select distinct n.period, n.slice, place.code, u.path
from unnest($1::text[], $2::text[], $3::text[]) as n(period, slice, unit_code)
join unit own using (unit_code) cross join lateral unnest(own.path) as place(code)
join unit u on u.unit_code = place.code on conflict do nothing
"""
_TOUCH = """
update total_tree t set touched = true from unnest($1::text[], $2::text[]) as n(period, slice)
where (t.period, t.slice) = (n.period, n.slice)
"""


async def count(
    session: AsyncSession, today: date, shares_of: SharesOf, send: Send, *, portions: bool = False
) -> int:
    """Count those who changed, and publish what may move; returns how many were counted of a backlog.

    With `portions` the first figure counts some of the people, and is told as `shared.portions` says.
    """
    if not totals.watching():
        return 0
    taken, places = await totals.take(session, shares_of)
    if places:
        await replace(session, periods.of(today))
    if taken == totals.AT_ONCE:  # more are waiting: the next edition has them, too
        return taken
    await publish(session, today, send, portions=portions)
    return 0


async def publish(session: AsyncSession, today: date, send: Send, *, portions: bool = False) -> int:
    """Publish what may move in every tree touched since the last round; returns how many cells did."""
    connection = await raw(session)
    told = 0
    for period, slice_, edition in await connection.fetch(_TOUCHED):
        since = time.time_ns()
        cells = await _round(connection, (period, slice_), edition + 1, today, portions=portions)
        if cells:
            with telling("totals", since):
                await send(session, cells)
        told += len(cells)
    return told


async def sent(session: AsyncSession) -> list[Cell]:
    """Everything as it was last published."""
    return [_cell(row) for row in await (await raw(session)).fetch(_SENT)]


async def replace(session: AsyncSession, period: str) -> None:
    """Let the trees of this period and later ones, and those without a period, stand as units stand now."""
    connection = await raw(session)
    rows = await connection.fetch(_MOVED, period)
    if not rows:
        return
    keys = [list(column) for column in zip(*(tuple(row) for row in rows), strict=True)]
    for statement in (_MOVED_PEOPLE, _PLACE, _ABOVE):
        await connection.execute(statement, *keys)
    await connection.execute(_TOUCH, *keys[:2])


async def _round(
    connection: Connection, tree: Tree, edition: int, today: date, *, portions: bool
) -> list[Cell]:
    rows = {row["unit_code"]: row for row in await connection.fetch(_CELLS, *tree)}
    found = await connection.fetch(_CHANGES, *tree)
    histories, totals, moving = await asyncio.to_thread(_decide, rows, found)  # others are served meanwhile
    fresh = _fresh(rows, moving, portions=portions)
    news = [_news(rows[code], tree, people, told, today) for code, (people, told) in fresh.items()]
    went = {one.unit_code for one in moving}
    if news:
        kept = [
            (cell.unit_code, edition, cell.version, cell.people,
             literal(cell.figures), cell.as_of)
            for cell in news
        ]  # fmt: skip
        await connection.execute(_KEEP, *tree, *(list(column) for column in zip(*kept, strict=True)))
    if moving:
        await connection.execute(_EDITION, *tree)
        await _forget(connection, tree, histories, went, totals, edition)
    return [cell for cell in news if cell.version != rows[cell.unit_code]["version"]]


def _decide(
    rows: Mapping[str, Any], changes: Sequence[Any]
) -> tuple[list[History], dict[str, Total], list[Total]]:
    """Who changed, the total of each unit, and which of them move."""
    histories = _histories(changes)
    paths = {code: row["path"] for code, row in rows.items()}
    people = {code: row["own_people"] for code, row in rows.items()}
    totals = editions.tree(paths, people, {code: row["moved"] for code, row in rows.items()}, histories)
    return histories, totals, editions.moving(totals)


def _histories(rows: Sequence[Any]) -> list[History]:
    return [
        History(
            person,
            tuple((row["edition"], _state(row["path"], row["figures"])) for row in own),
            _state(own[0]["now_path"], own[0]["now_figures"]),
        )
        for person, own in ((person, list(found)) for person, found in groupby(rows, itemgetter("person_id")))
    ]


def _state(path: Sequence[str] | None, figures: Sequence[int] | None) -> State | None:
    return None if path is None or figures is None else State(tuple(path), tuple(figures))


async def _forget(
    connection: Connection,
    tree: Tree,
    histories: Sequence[History],
    went: set[str],
    totals: Mapping[str, Total],
    edition: int,
) -> None:
    """Drop what every total that it counted in has told; those that never moved told nothing."""
    told = [
        (
            one.person,
            min(edition if code in went else totals[code].moved or NOW for code in one.units & totals.keys()),
        )
        for one in histories
        if one.units
    ]
    if told:
        await connection.execute(_FORGET, *tree, *(list(column) for column in zip(*told, strict=True)))


def _fresh(
    rows: dict[str, Any], moving: Sequence[Total], *, portions: bool
) -> dict[str, tuple[int, Figures]]:
    """People and figures of each unit that moves by somebody; others stand still."""
    figures = sums(rows)
    fresh: dict[str, tuple[int, Figures]] = {
        one.unit_code: (one.people, figures[one.unit_code]) for one in moving if one.changes(one.moved)
    }
    told = portions_told(rows, fresh) if portions else fresh.keys()
    return {code: (people, own if code in told else withheld(own)) for code, (people, own) in fresh.items()}


def _news(row: Any, tree: Tree, people: int, figures: Figures, today: date) -> Cell:
    """The total as it moves; a version and a day of its own only when what is published changes."""
    same = row["people"] == people and row["figures"] is not None and tuple(row["figures"]) == figures
    version = row["version"] + (0 if same else 1)
    return Cell(*tree, row["unit_code"], version, people, figures, row["as_of"] if same else today)


def _cell(row: Any) -> Cell:
    figures = None if row["figures"] is None else tuple(row["figures"])
    return Cell(
        row["period"], row["slice"], row["unit_code"], row["version"], row["people"], figures, row["as_of"]
    )
