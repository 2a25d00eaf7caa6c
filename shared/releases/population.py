"""Who counts at one moment, as a service reads it: the input of one release. Pure.

Arrays, since there are a million people in a large country.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import numpy as np

from shared.disclosure.aggregates import Forest, Integers, forest
from shared.disclosure.measures import Key

ABSENT = np.iinfo(np.int32).min  # instead of an amount, where somebody does not count in a figure
Row = tuple[UUID, str, Key, Sequence[int | None]]  # person, source, cell, amounts


@dataclass(slots=True)
class Population:
    """A row for each person who counts, once.

    `source` names what a person's share follows from, such as an assessment: with another one it is another
    share, whether its amounts are the same or not. `amounts` has a column for each measure of the cube.
    """

    people: list[UUID] = field(default_factory=list)
    sources: list[str] = field(default_factory=list)
    keys: list[Key] = field(default_factory=list)
    amounts: list[Integers] = field(default_factory=list)

    def add(self, rows: Iterable[Row]) -> None:
        """Take some rows in."""
        for person, source, key, amounts in rows:
            self.people.append(person)
            self.sources.append(source)
            self.keys.append(key)
            self.amounts.append(amount_row(amounts))


def amount_row(amounts: Sequence[int | None]) -> Integers:
    """Amounts as a row of numbers."""
    return np.array([ABSENT if one is None else one for one in amounts], dtype=np.int64)


def tree(
    paths: Iterable[Sequence[str]], known: Mapping[str, str | None] | None = None
) -> dict[str, str | None]:
    """The parent of each unit on these paths from the root; what comes first holds, `known` before all.

    So the result is a forest also where two paths put one unit below different ones.
    """
    found = dict(known or {})
    for path in paths:
        above: str | None = None
        for unit in path:
            found.setdefault(unit, above)
            above = unit
    return found


def cells(parents: Mapping[str, str | None], levels: Sequence[str], staffed: Collection[Key]) -> Forest:
    """The forest of all units at each level."""
    everywhere = {
        Key(unit, level): Key(above, level) if above is not None else None
        for level in levels
        for unit, above in parents.items()
    }
    return forest(everywhere, staffed)
