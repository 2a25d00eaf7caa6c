"""What is left when releases are subtracted from one another. Pure.

Two views of the same histories. `changed` compares a cell with itself in one earlier release: of how many
people the share is not the same. `atoms` looks at all releases together: an *atom* is a group of people
whose shares count in the same shown cells in every one of them. Nobody can tell its members apart, and
every published sum is a sum of whole atoms, so it is all that subtraction can ever lead to.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shared.disclosure.aggregates import NONE, Integers, Measure, Tabulation


def changed(new: Tabulation, old: Tabulation) -> Integers:
    """For each cell of `new`, how many people's shares differ from those in the same cell of `old`.

    Somebody who came or left counts once, and so does somebody whose share is another one now. A cell
    that was not shown in `old` has nobody, since there is nothing to compare it with.
    """
    places = {key: place for place, key in enumerate(new.forest.keys)}
    there = np.array([places.get(key, NONE) for key in old.forest.keys], dtype=np.int64)
    now, before = _unsettled(new, old, there)
    cells, shares, people = (np.concatenate(columns) for columns in zip(now, before, strict=True))
    found = _once(cells, shares, people)
    counts = np.bincount(found, minlength=len(new.forest.keys))
    compared = np.zeros(len(new.forest.keys), dtype=np.bool_)
    compared[there[old.shown & (there != NONE)]] = True
    return np.where(compared, counts, 0)


def _unsettled(
    new: Tabulation, old: Tabulation, there: Integers
) -> tuple[tuple[Integers, Integers, Integers], tuple[Integers, Integers, Integers]]:
    """Cells (places in `new`), shares and people of whoever does not stand where they stood."""
    same = _same_way(new, old, there)
    now, before = new.shares, old.shares
    _, here, gone = np.intersect1d(now.share, before.share, assume_unique=True, return_indices=True)
    stays = same[before.place[gone]] & (there[before.place[gone]] == now.place[here])
    fresh, left = np.ones(len(now.share), dtype=np.bool_), np.ones(len(before.share), dtype=np.bool_)
    fresh[here[stays]] = False
    left[gone[stays]] = False
    news, olds = now.only(fresh), before.only(left)
    cells, rows = _upwards(news.place, new.forest.parents)
    formerly, old_rows = _upwards(olds.place, old.forest.parents)
    known = there[formerly] != NONE
    return (cells, news.share[rows], news.person[rows]), (
        there[formerly[known]],
        olds.share[old_rows[known]],
        olds.person[old_rows[known]],
    )


def _same_way(new: Tabulation, old: Tabulation, there: Integers) -> Integers:
    """For each cell of `old`, whether the cells above it are the same in `new`."""
    found: list[bool] = []
    above_now, places = new.forest.parents.tolist(), there.tolist()
    for place, above in enumerate(old.forest.parents.tolist()):
        here = places[place]
        if here == NONE:
            found.append(False)
        elif above == NONE:
            found.append(above_now[here] == NONE)
        else:
            found.append(found[above] and above_now[here] == places[above])
    return np.array(found, dtype=np.bool_)


def _upwards(places: Integers, parents: Integers) -> tuple[Integers, Integers]:
    """Every cell at and above each place, with the row that it came from."""
    cells, rows = [], []
    row = np.arange(len(places))
    while len(places):
        cells.append(places)
        rows.append(row)
        places = parents[places]
        row, places = row[places != NONE], places[places != NONE]
    empty = np.zeros(0, dtype=np.int64)
    return np.concatenate([*cells, empty]), np.concatenate([*rows, empty])


def _once(cells: Integers, shares: Integers, people: Integers) -> Integers:
    """The cell of each person who has a share in it on one side only."""
    order = np.lexsort((shares, cells))
    cells, shares, people = cells[order], shares[order], people[order]
    twin = np.zeros(len(cells) + 1, dtype=np.bool_)
    twin[1:-1] = (cells[1:] == cells[:-1]) & (shares[1:] == shares[:-1])
    alone = ~(twin[1:] | twin[:-1])
    found: Integers = np.unique(np.stack((cells[alone], people[alone])), axis=1)[0]
    return found


@dataclass(frozen=True, slots=True)
class Atoms:
    """Groups of shares with one history: a row of `nodes` each, a column for each tabulation.

    A node is a home in one tabulation; the same number stands for the same home in all rows, and -1 for none.
    `above` and `below` say how far a group's sum is from the lowest and the highest possible one. `of`
    is the group of each share in `shares`.
    """

    nodes: Integers
    people: Integers
    above: Integers
    below: Integers
    shares: Integers
    of: Integers


def atoms(tabulations: Sequence[Tabulation], measure: Measure) -> Atoms:
    """The groups of all shares that some shown cell counts; nodes are numbered through all tabulations."""
    shares, first = np.unique(np.concatenate([one.shares.share for one in tabulations]), return_index=True)
    values = np.concatenate([one.shares.value for one in tabulations])[first]
    columns, offset = [], 0
    for one in tabulations:
        column = np.full(len(shares), NONE, dtype=np.int64)
        homes = one.homes()
        column[np.searchsorted(shares, one.shares.share)] = np.where(homes == NONE, NONE, homes + offset)
        columns.append(column)
        offset += len(one.forest.keys)
    counted = np.logical_or.reduce([column != NONE for column in columns])
    shares, values = shares[counted], values[counted]
    columns = [column[counted] for column in columns]
    of = np.zeros(len(shares), dtype=np.int64)
    for column in columns:
        _, of = np.unique(of * (offset + 1) + column + 1, return_inverse=True)
    _, one_each = np.unique(of, return_index=True)
    people = np.bincount(of, minlength=len(one_each))
    total = np.zeros(len(one_each), dtype=np.int64)
    np.add.at(total, of, values)
    nodes = np.stack([column[one_each] for column in columns], axis=1)
    return Atoms(nodes, people, total - people * measure.lowest, people * measure.highest - total, shares, of)
