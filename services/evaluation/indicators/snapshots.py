"""When the published values of a tree may move: `shared.editions` decides, from cells and who changed.

A tree is an indicator in a period. Its published values move at one moment, from the root
downwards, so that nobody's share can be told from what they moved by.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from uuid import UUID

from services.evaluation.facts.paths import Path
from shared import editions
from shared.editions import NOW, History, State, Total

Figures = tuple[int, int]  # numerator and denominator


@dataclass(frozen=True, slots=True)
class Cell:
    """A live value of a tree, and in which edition its published one last moved (0: never)."""

    unit_code: str
    parent_code: str
    people: int
    moved: int


@dataclass(frozen=True, slots=True)
class Change:
    """Somebody's share before a change, and now, or None; `edition`: the first that tells it."""

    person: UUID
    edition: int
    path: Path | None
    figures: Figures | None
    now: tuple[str, Figures] | None  # unit and figures


@dataclass(frozen=True, slots=True)
class Round:
    """What moves; what of it has changes to tell; which changes of whom are told everywhere then."""

    moving: frozenset[str]
    news: frozenset[str]
    told: tuple[tuple[UUID, int], ...]


def totals(cells: Sequence[Cell], changes: Iterable[Change]) -> tuple[dict[str, Total], list[History]]:
    """The total of each unit with whoever changed since some total told them; changes in order of people."""
    above = {cell.unit_code: cell.parent_code for cell in cells}
    paths = {code: _path(code, above) for code in above}
    own = {cell.unit_code: cell.people for cell in cells}
    for cell in cells:
        if cell.parent_code in own:
            own[cell.parent_code] -= cell.people
    histories = [_history(list(found), paths) for _, found in groupby(changes, lambda one: one.person)]
    moved = {cell.unit_code: cell.moved for cell in cells}
    return editions.tree(paths, own, moved, histories), histories


def decide(cells: Sequence[Cell], changes: Iterable[Change], edition: int) -> Round:
    """What of a tree moves in this edition."""
    known, histories = totals(cells, changes)
    moving = editions.moving(known)
    news = frozenset(total.unit_code for total in moving if total.changes(total.moved))
    went = frozenset(total.unit_code for total in moving)
    told = [(one.person, _told(one, known, went, edition)) for one in histories] if moving else []
    return Round(went, news, tuple(told))


def unchanged(cells: Sequence[Cell], changes: Iterable[Change]) -> list[str]:
    """Units whose published value has everybody's share as it is."""
    known, _ = totals(cells, changes)
    return [code for code, total in known.items() if total.moved and not total.changes(total.moved)]


def _told(one: History, known: Mapping[str, Total], went: frozenset[str], edition: int) -> int:
    """Up to which edition every total that ever moved has told somebody's changes."""
    concerned = one.units & known.keys()
    return min((edition if code in went else known[code].moved or NOW for code in concerned), default=NOW)


def _history(changes: Sequence[Change], paths: Mapping[str, list[str]]) -> History:
    now = changes[0].now
    return History(
        changes[0].person,
        tuple((change.edition, _state(change.path, change.figures)) for change in changes),
        None if now is None else _state(paths.get(now[0], [now[0]]), now[1]),
    )


def _state(path: Sequence[str] | None, figures: Figures | None) -> State | None:
    return None if path is None or figures is None else State(tuple(path), figures)


def _path(code: str, above: Mapping[str, str]) -> list[str]:
    """From the root down to a unit."""
    found = [code]
    while above.get(found[-1]):
        found.append(above[found[-1]])
    return found[::-1]
