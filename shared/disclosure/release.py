"""A release: one frozen document of published figures, with a number and a digest. Pure.

It has the figures of one declared cube in one period, as they stood at one calendar date: for each unit,
level and measure a cell with its people and their total, or a mark that it is withheld. Nothing in it is
ever computed again. What was wrong is put right by a later release with the next number, which says which
one it corrects. A cell in which nobody can count is not listed; a listed one that is withheld may be empty.

The digest is SHA-256 over the canonical form: JSON in UTF-8 without spaces, names and cells in order, whole
numbers only. So the same document comes to the same digest everywhere, and a repeat is seen as one.
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Any

from shared.disclosure.aggregates import Tabulation, sums
from shared.disclosure.measures import Measure

FORM = 1  # of the document


@dataclass(frozen=True, slots=True, order=True)
class Cell:
    """A published figure: how many people, and the sum of their values; both None where it is withheld.

    A score is in hundredths. Of a subset the total says how many have it; of a count it is the people again.
    """

    unit: str
    level: str
    measure: str
    people: int | None
    total: int | None

    @property
    def mean(self) -> int | None:
        """The mean in hundredths, rounded half-even: of scores as they are, of a subset its share in per cent."""
        return _rounded(self.total, self.people)

    @property
    def share(self) -> int | None:
        """How many have it, in hundredths of a per cent, rounded half-even."""
        return None if self.total is None else _rounded(self.total * 10_000, self.people)


@dataclass(frozen=True, slots=True)
class Release:
    """The document. `number` counts from 1 for each cube and period; `corrects` names an earlier number."""

    cube: str
    period: str
    as_of: date
    number: int
    corrects: int | None
    cells: tuple[Cell, ...]

    def canonical(self) -> bytes:
        """The form that the digest is over."""
        document = {
            "form": FORM,
            "cube": self.cube,
            "period": self.period,
            "as_of": self.as_of.isoformat(),
            "number": self.number,
            "corrects": self.corrects,
            "cells": [[one.unit, one.level, one.measure, one.people, one.total] for one in self.cells],
        }
        return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form, in hexadecimal digits."""
        return hashlib.sha256(self.canonical()).hexdigest()

    def same_figures(self, other: "Release") -> bool:
        """Whether both publish the same cells: then a correction has nothing to say."""
        return self.cells == other.cells


class NotThisRelease(ValueError):
    """A document that is not what its digest says, or not in this form."""


def release(
    cube: str,
    period: str,
    as_of: date,
    figures: Mapping[Measure, Tabulation],
    after: Release | None = None,
) -> Release:
    """The release of judged figures that follows `after`; at the same period and a later date it corrects it."""
    cells = sorted(cell for measure, tabulation in figures.items() for cell in _cells(tabulation, measure))
    number = after.number + 1 if after else 1
    return Release(cube, period, as_of, number, after.number if after else None, tuple(cells))


def read(document: bytes, digest: str) -> Release:
    """A document as it was sent. Raises NotThisRelease where it is another one, or in another form."""
    if hashlib.sha256(document).hexdigest() != digest:
        raise NotThisRelease("The digest is another one.")
    try:
        found = json.loads(document)
        release = _parsed(found)
    except (ValueError, KeyError, TypeError) as problem:
        raise NotThisRelease("The document cannot be read.") from problem
    if release.canonical() != document:
        raise NotThisRelease("The document is not in its canonical form.")
    return release


def _parsed(found: Mapping[str, Any]) -> Release:
    if found["form"] != FORM:
        raise NotThisRelease("The document has another form.")
    return Release(
        found["cube"],
        found["period"],
        date.fromisoformat(found["as_of"]),
        found["number"],
        found["corrects"],
        tuple(Cell(*cell) for cell in found["cells"]),
    )


def supersedes(arrived: Release, stored: Release | None) -> bool:
    """Whether a document that arrived is news: a repeat and an older one are not.

    Raises NotThisRelease for another document under the number of the one stored.
    """
    if stored is None or arrived.number > stored.number:
        return True
    if arrived.number == stored.number and arrived.digest != stored.digest:
        raise NotThisRelease("There is another document with this number.")
    return False


def nation(regions: Iterable[tuple[str, Release]]) -> tuple[Cell, ...]:
    """The nation's cells as the sum of what regions publish of their topmost units, given by code.

    A region that withholds a figure is left out of it: what is added up is known, so nothing more follows.
    """
    found: dict[tuple[str, str], tuple[int, int]] = {}
    for root, document in regions:
        for cell in document.cells:
            if cell.unit == root and cell.people is not None and cell.total is not None:
                people, total = found.get((cell.level, cell.measure), (0, 0))
                found[cell.level, cell.measure] = people + cell.people, total + cell.total
    return tuple(Cell("", level, measure, *both) for (level, measure), both in sorted(found.items()))


def _cells(tabulation: Tabulation, measure: Measure) -> Iterator[Cell]:
    tree = tabulation.forest
    own = sums(tabulation.shares, measure, len(tree.keys))
    people, total = tree.totals(own.people).tolist(), tree.totals(own.total(measure)).tolist()
    possible = (tree.totals(tree.staffed.astype("int64")) > 0).tolist()
    for place, (key, shown) in enumerate(zip(tree.keys, tabulation.shown.tolist(), strict=True)):
        if shown:
            yield Cell(key.unit, key.level, measure.name, people[place], total[place])
        elif possible[place] or people[place]:
            yield Cell(key.unit, key.level, measure.name, None, None)


def _rounded(total: int | None, people: int | None) -> int | None:
    return None if total is None or not people else round(Fraction(total, people))
