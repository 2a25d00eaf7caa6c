"""What a service releases: the figures of one population, by unit and level. Pure.

A figure may lie within another one: scores of a competency within the people who count, people below target within
those with a score. It is then shown at most where that one is.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from shared.disclosure.aggregates import Measure


@dataclass(frozen=True, slots=True)
class Cube:
    """A name for good, and the measures in the order in which shares are stored: new ones come last.

    `within` names the whole of a measure, which stands before it; a measure without one is of everybody.
    `alike` are those to which everybody adds the same, whatever a person's share follows from: numbers of people.
    """

    name: str
    measures: tuple[Measure, ...]
    within: Mapping[str, str]
    alike: frozenset[str] = frozenset()
