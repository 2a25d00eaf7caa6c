"""What is released of plans: people with plans, and their figures with what is judged in the place of each.

Figures are cubes of their own, since somebody's share of one stays the same while another changes. All cubes of
a period count the same people.

Imported where a release is due, and not before: it takes numpy and the solver with it.
"""

from collections.abc import Mapping
from typing import NamedTuple

from services.planning.plan_totals.commands.plan_facts import (
    ACTIVITIES_COMPLETED,
    ACTIVITIES_DUE,
    AGREED,
    CLOSED_OTHERWISE,
    COMPLETED,
    FIGURES_BY_CUBE,
    HOURS,
    PEOPLE,
    PROPOSED,
)
from shared.disclosure.measures import Measure
from shared.events.release_parts import PlanReleasePublished
from shared.releases.cubes import Cube, number_of_people


class Scale(NamedTuple):
    """What is judged: what one of a figure adds, the highest amount, and of whom."""

    one: int
    highest: int
    absent: int | None = 0  # the amount of somebody without anything that the figure is of


WHETHER = Scale(1, 1)  # five people who have such a plan, and five who have none
# On the scale of scores, on which a group must be 201 from both ends: five activities of ten, 20 hours of 40.
ACTIVITY = Scale(41, 410)
HOUR = Scale(10, 400, None)  # of those who completed an activity: nobody else spends hours

_SCALES = {
    PROPOSED: WHETHER,
    AGREED: WHETHER,
    COMPLETED: WHETHER,
    CLOSED_OTHERWISE: WHETHER,
    ACTIVITIES_DUE: ACTIVITY,
    ACTIVITIES_COMPLETED: ACTIVITY,
    HOURS: HOUR,
}


def judged(figure: str) -> str:
    """The name of what is judged in the place of a figure."""
    return f"{figure} judged"


def amounts(cube: str, figures: Mapping[str, int | None]) -> list[int | None]:
    """A person's amounts in the order of the cube's measures; a figure is None without anything that it is of."""
    found: list[int | None] = [1]
    for name in FIGURES_BY_CUBE[cube]:
        figure, scale = figures[name], _SCALES[name]
        found += [scale.absent if figure is None else min(scale.one * figure, scale.highest), figure or 0]
    return found


def _cube(name: str) -> Cube:
    measures = [number_of_people(PEOPLE)]
    for figure in FIGURES_BY_CUBE[name]:
        measures += [Measure(judged(figure), 0, _SCALES[figure].highest), Measure(figure, 0, 0)]
    return Cube(
        name,
        tuple(measures),
        within={judged(figure): PEOPLE for figure in FIGURES_BY_CUBE[name]},
        judged_by={figure: judged(figure) for figure in FIGURES_BY_CUBE[name]},
        event=PlanReleasePublished,
    )


CUBES = {name: _cube(name) for name in FIGURES_BY_CUBE}
