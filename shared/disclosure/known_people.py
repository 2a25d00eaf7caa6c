"""Which published cells are withheld from one reader, who may read some of the people one by one. Pure.

A leader who subtracts the team of five from a cell of six has the sixth person. So the people whom a reader
may read are taken out of every cell, and what is left of all releases is judged as if it were released to
that reader, one release after the other: with the same smallest cell, the same comparison with earlier
releases, the same attack. The result is a part of what was published, and the same for the same known
people, however often it is asked for.

Example: five people changed between two releases, four of them the reader's team. To everybody else that
is a difference of five. To the reader it is the fifth person, and the later cell is withheld.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shared.disclosure.aggregates import Edition, Integers, Marks, Measure, Rule
from shared.disclosure.judgement import judge


def shown_to(editions: Sequence[Edition], known: Integers, measure: Measure, rule: Rule) -> list[Marks]:
    """The cells of each edition that the reader is shown; `editions` in the order in which they were judged.

    `known` has the numbers of the shares that the reader may read.
    """
    if not any(np.isin(one.shares.share, known).any() for one in editions):
        return [one.shown for one in editions]
    found: list[Edition] = []
    for one in editions:
        found.append(judge(_without(one, known), found, measure, rule))
    return [one.shown for one in found]


def _without(edition: Edition, known: Integers) -> Edition:
    """The edition of the others. Where everybody is known, that nobody else is there is no news."""
    mine = np.isin(edition.shares.share, known)
    others = edition.shares.only(~mine)
    staffed = edition.forest.staffed.copy()
    staffed[np.setdiff1d(edition.shares.place[mine], others.place)] = False
    return Edition(replace(edition.forest, staffed=staffed), others, edition.shown)
