"""What is left when releases are subtracted from one another. Pure.

A cell is compared with itself in one earlier release: of how many people the share is not the same. What follows
from all releases together is in `histories.py`.
"""

import numpy as np

from shared.disclosure.aggregates import NONE, Integers, Tabulation


def changed(new: Tabulation, old: Tabulation) -> Integers:
    """For each cell of `new`, how many people's shares differ from those in the same cell of `old`.

    Somebody who came or left counts once, and so does somebody whose share is another one now. A cell
    that was not shown in `old` has nobody, since there is nothing to compare it with.
    """
    return compared(changes(new, old), new, old)


def changes(new: Tabulation, old: Tabulation) -> Integers:
    """The same of every cell, shown or not; it follows from who counts where, whatever is measured."""
    there = _places(new, old)
    now, before = _unsettled(new, old, there)
    cells, shares, people = (np.concatenate(columns) for columns in zip(now, before, strict=True))
    return np.bincount(_once(cells, shares, people), minlength=len(new.forest.keys))


def compared(counts: Integers, new: Tabulation, old: Tabulation) -> Integers:
    """The counts of cells that were shown in `old`, nobody in the others."""
    there = _places(new, old)
    found = np.zeros(len(new.forest.keys), dtype=np.bool_)
    found[there[old.shown & (there != NONE)]] = True
    return np.where(found, counts, 0)


def _places(new: Tabulation, old: Tabulation) -> Integers:
    """The place in `new` of each cell of `old`, -1 for none."""
    if new.forest.keys is old.forest.keys:
        return np.arange(len(old.forest.keys))
    places = {key: place for place, key in enumerate(new.forest.keys)}
    return np.array([places.get(key, NONE) for key in old.forest.keys], dtype=np.int64)


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
