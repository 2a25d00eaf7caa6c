"""When the published totals of a tree may move: nobody's share may be told from what they moved by.

DOMAIN section 2: published figures move "when 5 more people are in, never person by person". The
totals of a tree move in editions, from the root downwards: a unit only together with its parent,
and only when the shares of five people or more changed in it since it last moved. What a total
shows less its parts, and what it moved by less what any of its parts moved by, is then nobody's or
five people's; otherwise some part stays as it was, and one that never moved is hidden. The end of
a quarter makes no difference: moving for the last four people would tell them apart.

Whoever changed is remembered only until every total that ever moved has told it. A total that never
moved has told of nobody, so the number of its people says all that a memory of them would.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from uuid import UUID

from shared.suppression import SMALLEST_CELL, small

NOW = (1 << 31) - 1
FEW = 3


@dataclass(frozen=True, slots=True)
class State:
    """Somebody's figures, and the units they count in, from the topmost down to the own one."""

    path: tuple[str, ...]
    figures: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class History:
    """What somebody's state was before the changes of some editions, earliest first, and is now."""

    person: UUID
    before: tuple[tuple[int, State | None], ...]
    now: State | None
    units: frozenset[str] = field(init=False)  # that the figures counted in, at some time

    def __post_init__(self) -> None:
        """Units are asked for again and again."""
        states = (self.now, *(state for _, state in self.before))
        units = frozenset(code for state in states if state is not None for code in state.path)
        object.__setattr__(self, "units", units)

    def at(self, edition: int) -> State | None:
        """As that edition took it; edition 0 stands for a total that never moved, and told nothing."""
        if not edition:
            return None
        for later, state in self.before:
            if later > edition:
                return state
        return self.now


@dataclass(slots=True, eq=False)
class Total:
    """A unit with all units below it: how many are in it, and in which edition it last moved (0: never)."""

    unit_code: str
    moved: int
    own_people: int
    people: int = 0
    parts: list["Total"] = field(default_factory=list)
    concerned: list[History] = field(default_factory=list)

    @property
    def forgotten(self) -> int:
        """How many of its people are the same as every total told them, that ever moved."""
        return self.people - sum(len(self.counted(one.now)) for one in self.concerned)

    def changes(self, since: int, until: int = NOW) -> int:
        """How many people's share of the total is another one in the later edition."""
        known = sum(self.counted(one.at(since)) != self.counted(one.at(until)) for one in self.concerned)
        return known + (self.forgotten if bool(since) != bool(until) else 0)

    @property
    def may_move(self) -> bool:
        """Whether five people are in it, and five changed since it last moved, or nobody: then it stands still."""
        return self.people >= SMALLEST_CELL and not small(self.changes(self.moved))

    def counted(self, state: State | None) -> list[tuple[int, ...]]:
        """What a state adds to it, nothing or one share."""
        return [state.figures] if state is not None and self.unit_code in state.path else []


def tree(
    paths: Mapping[str, list[str]],
    people: Mapping[str, int],
    moved: Mapping[str, int],
    histories: Iterable[History],
) -> dict[str, Total]:
    """The total of each unit, from its path, its own people, when it moved, and who changed."""
    totals = {code: Total(code, moved[code], people[code]) for code in paths}
    for code, path in paths.items():
        above = [step for step in path[:-1] if step in totals]
        for step in (*above, code):
            totals[step].people += people[code]
        if above:
            totals[above[-1]].parts.append(totals[code])
    for history in histories:
        for code in history.units & totals.keys():
            totals[code].concerned.append(history)
    return totals


def moving(totals: Mapping[str, Total]) -> list[Total]:
    """The totals that move in the next edition; none where nothing is to be told."""
    below = {part.unit_code for total in totals.values() for part in total.parts}
    found = [one for code, total in totals.items() if code not in below for one in _with(total) or ()]
    return found if any(total.changes(total.moved) for total in found) else []


def _with(total: Total) -> list[Total] | None:
    """A total with everything below it that moves with it; None where it stays itself.

    The smallest part stays until all that is left is safe, which gains by every part that stays;
    those that stayed the last time come last, so that it is not always the same. Where even that
    leaves something unsafe, beside what parts told before, the total stays. Where nobody changed since
    it moved, parts that lagged then stay: the next look would tell what this one kept back.
    """
    if not total.may_move:
        return None
    found = {part.unit_code: below for part in total.parts if (below := _with(part)) is not None}
    able = [part for part in total.parts if part.unit_code in found]
    if not total.changes(total.moved):  # its last move, less that of a part that lagged then, would be told
        able = [part for part in able if not part.changes(part.moved, total.moved)]
    able.sort(key=lambda part: (part.changes(part.moved, total.moved) > 0, part.people, part.unit_code))
    while not _safe(total, able):
        if not able:
            return None
        able.pop(0)
    return [total, *(one for part in able for one in found[part.unit_code])]


def _safe(total: Total, going: list[Total]) -> bool:
    """Whether nobody or five people are left of what it shows, and of what it moved by.

    A part that stays, or that did not keep step before, tells also what the total had told before:
    subtracting it leaves that, not subtracting it leaves what is fresh. Both are looked at.
    """
    lagging = [part for part in going if part.changes(part.moved, total.moved)]
    in_step = [part for part in going if part not in lagging]
    return not (
        any(small(_left(total, going, some)) for some in _subtractions(total, going))
        or any(small(_moved_by(total, [*in_step, *some])) for some in _some_of(lagging))
    )


def _subtractions(total: Total, going: list[Total]) -> Iterable[list[Total]]:
    """Parts that a reader may subtract: those that stay with their old figures each or not."""
    staying = [part for part in total.parts if part.moved and part not in going]
    for some in _some_of(staying):
        yield [*going, *some]
        yield some


def _some_of(parts: list[Total]) -> Iterable[list[Total]]:
    """Each choice of them where they are few, else none and all."""
    sizes = range(len(parts) + 1) if len(parts) <= FEW else (0, len(parts))
    for size in sizes:
        yield from map(list, combinations(parts, size))


def _left(total: Total, going: list[Total], subtracted: list[Total]) -> int:
    """How many people are in the total less these parts as they will be published."""
    parts = {part.unit_code: part for part in total.parts}
    hidden = parts.keys() - {part.unit_code for part in subtracted}
    fresh = {part.unit_code for part in going}
    left = total.own_people + sum(parts[code].people for code in hidden)
    for one in total.concerned:
        shown: list[tuple[int, ...]] = []
        for code in one.units & parts.keys():
            if code in hidden:
                left -= len(parts[code].counted(one.now))  # counted below
            else:
                shown += parts[code].counted(one.now if code in fresh else one.at(parts[code].moved))
        left -= one.now is not None and one.now.path[-1] == total.unit_code
        left += _differ(total.counted(one.now), shown)
    return left


def _moved_by(total: Total, going: list[Total]) -> int:
    """How many people's changes are left of the total's when those of moving parts are subtracted."""
    parts = {part.unit_code: part for part in going}
    left = _forgotten_left(total, going)
    for one in total.concerned:
        added, taken = total.counted(one.now), total.counted(one.at(total.moved))
        for code in one.units & parts.keys():
            taken += parts[code].counted(one.now)
            added += parts[code].counted(one.at(parts[code].moved))
        left += _differ(added, taken)
    return left


def _differ(added: list[tuple[int, ...]], taken: list[tuple[int, ...]]) -> bool:
    """Whether something is left of the states added, each taken away as often as it is in the other list."""
    return added != taken and sorted(added) != sorted(taken)


def _forgotten_left(total: Total, going: list[Total]) -> int:
    """The same among those who are forgotten: they are news to what never moved, and to nothing else."""
    news = sum(part.forgotten for part in going if not part.moved)
    return news if total.moved else total.forgotten - news
