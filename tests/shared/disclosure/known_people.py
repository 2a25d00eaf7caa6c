"""What the whole engine withholds from one reader, who may read some of the people one by one.

A leader who subtracts the team of five from a cell of six has the sixth person. So the people whom a reader
may read are taken out of every cell, and what is left of all releases is judged as if it were released to
that reader, one release after the other: with the same smallest cell, the same comparison with earlier
releases, the same attack. The result is a part of what was published, and the same for the same known
people, however often it is asked for. It takes seconds in a large country: services decide it by `readers.py`.

Example: five people changed between two releases, four of them the reader's team. To everybody else that
is a difference of five. To the reader it is the fifth person, and the later cell is withheld.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from shared.disclosure.aggregates import Integers, Marks, Tabulation
from shared.disclosure.judgement import judge
from shared.disclosure.measures import Measure, Rule


def shown_to(
    tabulations: Sequence[Tabulation],
    known: Integers,
    measure: Measure,
    rule: Rule,
) -> list[Marks]:
    """The cells of each tabulation that the reader is shown; `tabulations` in the order in which they were judged.

    `known` has the numbers of the shares that the reader may read. Up to the first tabulation in which one of them
    counts, all is as published: to judge again what was judged changes nothing.
    """
    found: list[Tabulation] = []
    touched = False
    for one in tabulations:
        touched = touched or bool(np.isin(one.shares.share, known).any())
        found.append(judge(_without(one, known), found, measure, rule) if touched else one)
    return [one.shown for one in found]


def _without(tabulation: Tabulation, known: Integers) -> Tabulation:
    """The tabulation of the others. Where everybody is known, that nobody else is there is no news."""
    mine = np.isin(tabulation.shares.share, known)
    others = tabulation.shares.only(~mine)
    staffed = tabulation.forest.staffed.copy()
    staffed[np.setdiff1d(tabulation.shares.place[mine], others.place)] = False
    return Tabulation(replace(tabulation.forest, staffed=staffed), others, tabulation.shown)
