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
    """

    name: str
    measures: tuple[Measure, ...]
    within: Mapping[str, str]

    def wholes(self) -> dict[Measure, Measure]:
        """The whole of each measure that has one."""
        named = {measure.name: measure for measure in self.measures}
        return {named[name]: named[whole] for name, whole in self.within.items()}
