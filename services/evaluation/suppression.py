"""Which cells of a group may be shown (DESIGN, Access): fewer than five people behind a cell hides it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

MINIMUM = 5


def hidden(parent_people: int | None, parent_hidden: bool, children: Mapping[str, int]) -> set[str]:
    """The children of one parent whose figures are hidden.

    Small cells first; then, while the parent's figure minus the shown ones would leave one to
    four people (or everything, when the parent itself is hidden), the smallest shown child too.
    People who belong to the parent alone count as part of what is left. `parent_people` is None
    where there is no parent cell to subtract from.
    """
    found = {code for code, people in children.items() if people < MINIMUM}
    if parent_people is None:
        return found
    shown = sorted((people, code) for code, people in children.items() if code not in found)
    rest = parent_people - sum(people for people, _ in shown)
    while shown and (0 < rest < MINIMUM or (parent_hidden and rest < MINIMUM)):
        people, code = shown.pop(0)
        found.add(code)
        rest += people
    return found


@dataclass(frozen=True, slots=True)
class Figure:
    """A cell as it is stored, in one period's tree; figures in thousandths."""

    indicator: str
    period: str
    unit_code: str
    parent_code: str  # "" above a root
    numerator: int
    denominator: int
    people: int
    as_of: date
    version: int

    @property
    def cell(self) -> tuple[str, str, str]:
        """What identifies it: indicator, period, unit."""
        return self.indicator, self.period, self.unit_code


def hidden_figures(figures: Iterable[Figure]) -> set[tuple[str, str, str]]:
    """Which cells are hidden: (indicator, period, unit), of whole groups with all groups above them.

    From the root downwards, because a hidden parent asks more of its children.
    """
    groups: dict[tuple[str, str], dict[str, list[Figure]]] = {}
    for figure in figures:
        tree = groups.setdefault((figure.indicator, figure.period), {})
        tree.setdefault(figure.parent_code, []).append(figure)
    found: set[tuple[str, str, str]] = set()
    for (indicator, period), tree in groups.items():
        waiting: list[tuple[str, int | None, bool]] = [("", None, False)]
        while waiting:
            parent, people, parent_hidden = waiting.pop()
            children = {figure.unit_code: figure.people for figure in tree.get(parent, [])}
            cells = hidden(people, parent_hidden, children)
            found.update((indicator, period, code) for code in cells)
            waiting.extend((code, count, code in cells) for code, count in children.items())
    return found
