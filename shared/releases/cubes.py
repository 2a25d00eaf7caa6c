"""What a service releases: the figures of one population, by unit and level. Pure.

A figure may lie within another one: scores of a competency within the people who count, people below target
within those with a score. It is then shown at most where that one is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.disclosure.measures import Measure
from shared.events.release_parts import ReleasePublished

_OF_PEOPLE = (-199, 201)


def number_of_people(name: str) -> Measure:
    """How many people count, so that no small number follows from two releases.

    Of ten people of a region eight are shown in one half of it with the next release: who knows that nobody
    changed there has the two of the other half. A scale of one number is compared with itself alone. So
    this one is as wide as that of scores, with one in its middle, and the attack looks for groups of few.
    """
    return Measure(name, *_OF_PEOPLE)


def counts_people(measure: Measure) -> bool:
    """Whether everybody adds the same to it, for good, whatever a person's share follows from."""
    return measure.count or (measure.lowest, measure.highest) == _OF_PEOPLE


@dataclass(frozen=True, slots=True)
class Cube:
    """A name for good, and the measures in the order in which shares are stored: new ones come last.

    `within` names the whole of a measure, which stands before it; a measure without one is of everybody.

    `judged_by` names, for a figure on a scale without an end, a measure before it that is judged in its place and
    is not published. What is safe for that one must be safe for the figure: whatever values people could have
    instead, the figure could be higher or lower by as much, or by a constant number of times as much.

    `overlapping` periods count the same shares, as those of a window of two years do. A share has one number in
    all of them then, and a release is judged against those of every period.
    """

    name: str
    measures: tuple[Measure, ...]
    within: Mapping[str, str]
    judged_by: Mapping[str, str] = field(default_factory=dict)
    overlapping: bool = False
    event: type[ReleasePublished] | None = None

    @property
    def published(self) -> tuple[Measure, ...]:
        """The measures of its documents."""
        judged = frozenset(self.judged_by.values())
        return tuple(measure for measure in self.measures if measure.name not in judged)

    def wholes(self) -> dict[Measure, Measure]:
        """The whole of each measure that has one."""
        named = {measure.name: measure for measure in self.measures}
        return {named[name]: named[whole] for name, whole in self.within.items()}

    def judged_for(self, figure: Measure) -> Measure:
        """The measure that decides where a figure is shown: mostly the figure itself."""
        name = self.judged_by.get(figure.name, figure.name)
        return next(measure for measure in self.measures if measure.name == name)

    def shown_as(self, measure: Measure) -> str:
        """The name under which documents say where a measure is shown."""
        return next(
            (figure for figure, judged in self.judged_by.items() if judged == measure.name), measure.name
        )
