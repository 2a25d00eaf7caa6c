"""Which published cells are withheld from one reader, who may read some of the people one by one. Pure.

A leader who subtracts the team of five from a cell of six has the sixth person. So the people whom a reader
may read are taken out of every cell, and what is left of all releases is judged as if it were released to
that reader, one release after the other: with the same smallest cell, the same comparison with earlier
releases, the same attack. The result is a part of what was published, and the same for the same known
people, however often it is asked for.

Example: five people changed between two releases, four of them the reader's team. To everybody else that
is a difference of five. To the reader it is the fifth person, and the later cell is withheld.
"""

from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import replace
from typing import Generic, TypeVar

import numpy as np

from shared.disclosure.aggregates import Integers, Marks, Tabulation
from shared.disclosure.judgement import judge
from shared.disclosure.measures import Measure, Rule
from shared.disclosure.verdicts import Verdicts

Value = TypeVar("Value")

ANSWERS = 1_000  # answers; one has a byte for each cell of each release
FIGURES = 50  # figures of which verdicts are kept


def shown_to(
    tabulations: Sequence[Tabulation],
    known: Integers,
    measure: Measure,
    rule: Rule,
    verdicts: Verdicts | None = None,
) -> list[Marks]:
    """The cells of each tabulation that the reader is shown; `tabulations` in the order in which they were judged.

    `known` has the numbers of the shares that the reader may read. Up to the first tabulation in which one of them
    counts, all is as published: to judge again what was judged changes nothing.
    """
    found: list[Tabulation] = []
    touched = False
    for one in tabulations:
        touched = touched or bool(np.isin(one.shares.share, known).any())
        found.append(judge(_without(one, known), found, measure, rule, verdicts=verdicts) if touched else one)
    return [one.shown for one in found]


class Readers:
    """What readers are shown, kept for the latest questions. Whoever knows the same people is shown the same.

    Between two readers most of a country is the same, too, so that the programmes that were solved for one have
    their verdicts for the next. One thread at a time may ask.
    """

    def __init__(self, kept: int = ANSWERS) -> None:
        self._answers = _Latest[list[Marks]](kept)
        self._verdicts = _Latest[Verdicts](FIGURES)

    def shown_to(
        self,
        release: Hashable,
        tabulations: Sequence[Tabulation],
        known: Integers,
        measure: Measure,
        rule: Rule,
    ) -> list[Marks]:
        """As `shown_to`; `release` names the tabulations. The marks are not to be changed."""
        counted = [one.shares.share[np.isin(one.shares.share, known)] for one in tabulations]
        mine = np.unique(np.concatenate([*counted, np.zeros(0, dtype=np.int64)]))
        figure = (release, measure, rule)
        question = (*figure, mine.tobytes())
        answer = self._answers.get(question)
        if answer is None:
            verdicts = self._verdicts.get(figure) or Verdicts()
            self._verdicts.put(figure, verdicts)
            answer = shown_to(tabulations, mine, measure, rule, verdicts)
            self._answers.put(question, answer)
        return answer


class _Latest(Generic[Value]):
    """So many values by key, those that were used last."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._values: OrderedDict[Hashable, Value] = OrderedDict()

    def get(self, key: Hashable) -> Value | None:
        if key in self._values:
            self._values.move_to_end(key)
        return self._values.get(key)

    def put(self, key: Hashable, value: Value) -> None:
        self._values[key] = value
        if len(self._values) > self._most:
            self._values.popitem(last=False)


def _without(tabulation: Tabulation, known: Integers) -> Tabulation:
    """The tabulation of the others. Where everybody is known, that nobody else is there is no news."""
    mine = np.isin(tabulation.shares.share, known)
    others = tabulation.shares.only(~mine)
    staffed = tabulation.forest.staffed.copy()
    staffed[np.setdiff1d(tabulation.shares.place[mine], others.place)] = False
    return Tabulation(replace(tabulation.forest, staffed=staffed), others, tabulation.shown)
