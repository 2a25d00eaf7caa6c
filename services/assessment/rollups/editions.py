"""Which published roll-ups of one period and level move: `shared.editions` for people and each competency.

A competency is a population of its own, those who have a score in it: raters may have judged nobody
else's. So twelve figures of a cell move each in its own time, mostly all together.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from shared import editions
from shared.editions import NOW, History, State, Total
from shared.events.framework import COMPETENCIES

FIGURES = 1 + len(COMPETENCIES)  # people, then competencies

Row = Any  # of the database, by column name
Signature = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Decision:
    """What an edition has: per unit the figures that move in it, and until when each person is told."""

    moving: dict[str, set[int]]
    told: list[tuple[UUID, int]]  # changes up to that edition may be forgotten


def decide(cells: Mapping[str, Row], changes: Sequence[Row], edition: int) -> Decision:
    """Judge cells with `parent`, `people`, `counts` and `moved`, and rows of changes ordered by person.

    A cell's parent is among them or it is a root; of a cell whose parts are not, nothing below changes.
    """
    paths = {code: _path(code, cells) for code in cells}
    people = [(person, list(rows)) for person, rows in groupby(changes, itemgetter("person_id"))]
    moving: dict[str, set[int]] = {}
    told = {person: NOW for person, _ in people}
    known: dict[Signature, tuple[set[str], set[str], dict[UUID, int]]] = {}
    for figure in range(FIGURES):
        histories = [one for one in (_history(person, rows, figure) for person, rows in people) if one]
        sizes = {code: _size(row, figure) for code, row in cells.items()}
        moved = {code: row["moved"][figure] for code, row in cells.items()}
        signature = (*sizes.values(), *moved.values(), *map(_shape, histories))
        if signature not in known:
            known[signature] = _round(paths, sizes, moved, histories, edition)
        fresh, _, until = known[signature]
        for code in fresh:
            moving.setdefault(code, set()).add(figure)
        for one in histories:
            told[one.person] = min(told[one.person], until[one.person])
    return Decision(moving, list(told.items()))


def _round(
    paths: Mapping[str, list[str]],
    sizes: Mapping[str, int],
    moved: Mapping[str, int],
    histories: Sequence[History],
    edition: int,
) -> tuple[set[str], set[str], dict[UUID, int]]:
    """Units with something new, all that move, and per person the earliest edition a figure is of."""
    totals = editions.tree(paths, _own(paths, sizes), moved, histories)
    going = editions.moving(totals)
    went = {one.unit_code for one in going}
    fresh = {one.unit_code for one in going if one.changes(one.moved)}
    return fresh, went, {one.person: _until(one, totals, went, edition) for one in histories}


def _until(one: History, totals: Mapping[str, Total], went: set[str], edition: int) -> int:
    units = one.units & totals.keys()
    return min((edition if code in went else totals[code].moved or NOW for code in units), default=NOW)


def _path(code: str, cells: Mapping[str, Row]) -> list[str]:
    path = [code]
    while (parent := cells[path[-1]]["parent"]) in cells:
        path.append(parent)
    return path[::-1]


def _own(paths: Mapping[str, list[str]], sizes: Mapping[str, int]) -> dict[str, int]:
    """Each unit's people without those of its parts."""
    own = dict(sizes)
    for code, path in paths.items():
        if len(path) > 1:
            own[path[-2]] -= sizes[code]
    return own


def _size(row: Row, figure: int) -> int:
    found: int = row["counts"][figure - 1] if figure else row["people"]
    return found


def _history(person: UUID, rows: Iterable[Row], figure: int) -> History | None:
    """What became of somebody's share of a figure; None where it is as it was."""
    found = list(rows)
    before = tuple(
        (row["edition"], state_of(row["path"], row["scores"], row["targets"], figure)) for row in found
    )
    now = state_of(found[0]["now_path"], found[0]["now_scores"], found[0]["now_targets"], figure)
    return History(person, before, now) if any(state != now for _, state in before) else None


def state_of(
    path: Sequence[str] | None, scores: Sequence[int | None], targets: Sequence[int], figure: int
) -> State | None:
    """Somebody's share of a figure: only that people count, or score and whether it is below target."""
    if path is None:
        return None
    if not figure:
        return State(tuple(path), ())
    score = scores[figure - 1]
    return None if score is None else State(tuple(path), (score, int(score < targets[figure - 1])))


def _shape(one: History) -> Signature:
    """The history up to the scores' size: equal shapes are judged equally."""
    states = [one.now, *(state for _, state in one.before)]
    order = [(state and state.path, states.index(state)) for state in states]
    return (one.person, *(edition for edition, _ in one.before), *order)
