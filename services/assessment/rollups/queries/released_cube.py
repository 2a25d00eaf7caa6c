"""What is released of roll-ups: people, scores, and people below target."""

from services.assessment.tables.rollup_releases import BELOW, PEOPLE
from services.assessment.tables.rollup_releases import CUBE as NAME
from shared.disclosure.measures import Measure
from shared.events.framework import COMPETENCIES
from shared.events.release_parts import RollupReleasePublished
from shared.releases.cubes import Cube, number_of_people

_PEOPLE = number_of_people(PEOPLE)
_SCORES = tuple(Measure(code) for code in COMPETENCIES)
_BELOW = tuple(Measure(BELOW + code, 0, 1) for code in COMPETENCIES)

CUBE = Cube(
    NAME,
    (_PEOPLE, *_SCORES, *_BELOW),
    {**dict.fromkeys(COMPETENCIES, PEOPLE), **{BELOW + code: code for code in COMPETENCIES}},
    event=RollupReleasePublished,
)
