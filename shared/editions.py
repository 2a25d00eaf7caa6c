"""When the published totals of a tree may move: nobody's share may be told from what they moved by.

DOMAIN section 2: published figures move "when 5 more people are in, never person by person". The
totals of a tree move in editions, from the root downwards: a unit only together with its parent,
and only when the shares of five people or more changed in it since it last moved. What a total
shows, and what it moved by, less any choice of what its parts, their parts, and what stood there before
show or showed, is then nobody's or five people's; otherwise some part stays as it was, and one that never
moved is hidden. The end of a quarter makes no difference: the last four people would be told apart.

Whoever changed is remembered only until every total that ever moved has told it. A total that never
moved has told of nobody, so the number of its people says all that a memory of them would.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from shared.subtractions import Choices, Shares, Subtractions, Whole
from shared.suppression import SMALLEST_CELL, small

NOW = (1 << 31) - 1

Rule = Mapping[tuple[bool, bool], Choices]  # of a value that moved ever, and that moves now

# How often a value counts as it is now and was before: parts of a total, what is in a part, its movement.
_UNTOLD: Choices = ((0, 0),)
_FRESH: Choices = ((0, 0), (-1, 0))
_PARTS: Rule = {
    (False, False): _UNTOLD, (False, True): _FRESH,
    (True, False): ((0, 0), (0, -1)), (True, True): ((0, 0), (-1, 0), (0, -1)),
}  # fmt: skip
_BELOW: Rule = {
    (False, False): _UNTOLD, (False, True): ((0, 0), (-1, 0), (1, 0)),
    (True, False): ((0, 0), (0, -1), (0, 1)), (True, True): ((0, 0), (-1, 0), (1, 0), (0, -1), (0, 1)),
}  # fmt: skip
_MOVED: Rule = {
    (False, False): _UNTOLD, (False, True): _FRESH,
    (True, False): ((0, 0), (0, 1), (0, -1)), (True, True): ((0, 0), (-1, 0), (0, 1), (-1, 1)),
}  # fmt: skip


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
    former: list["Total"] = field(default_factory=list)  # at most two levels below before, elsewhere now
    concerned: list[History] = field(default_factory=list)
    forgotten: int = 0  # people who are the same as every total told them, that ever moved

    def changes(self, since: int, until: int = NOW) -> int:
        """How many people's share of the total is another one in the later edition."""
        known = sum(self.share(one.at(since)) != self.share(one.at(until)) for one in self.concerned)
        return known + (self.forgotten if bool(since) != bool(until) else 0)

    @property
    def may_move(self) -> bool:
        """Whether five people are in it, and five changed since it last moved, or nobody: then it stands still."""
        return self.people >= SMALLEST_CELL and not small(self.changes(self.moved))

    def share(self, state: State | None) -> tuple[int, ...] | None:
        """What a state adds to it, if anything."""
        return state.figures if state is not None and self.unit_code in state.path else None


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
    left: set[tuple[str, ...]] = set()
    for history in histories:
        for code in history.units & totals.keys():
            totals[code].concerned.append(history)
        left.update(state.path for _, state in history.before if state is not None)
    for total in totals.values():
        total.forgotten = total.people - sum(total.share(one.now) is not None for one in total.concerned)
    for steps in left:
        if list(steps) != paths.get(steps[-1]):
            _note_former([totals[code] for code in steps if code in totals])
    return totals


def _note_former(path: Sequence[Total]) -> None:
    """On each unit of a path that is no longer so: what stood at most two levels below it, and does not now."""
    for place, total in enumerate(path):
        near = [one for part in total.parts for one in (part, *part.parts)]
        total.former += [one for one in path[place + 1 : place + 3] if one not in (*near, *total.former)]


def moving(totals: Mapping[str, Total]) -> list[Total]:
    """The totals that move in the next edition; none where nothing is to be told."""
    below = {part.unit_code for total in totals.values() for part in total.parts}
    going: dict[str, list[Total]] = {}
    found = [one for code, one in totals.items() if code not in below and _goes(one, going)]
    for one in found:  # grows meanwhile
        found += going[one.unit_code]
    return found if any(total.changes(total.moved) for total in found) else []


def _goes(total: Total, going: dict[str, list[Total]]) -> bool:
    """Whether a total can move; `going` then has the parts that move with it.

    The smallest part stays until all that is left is safe, which gains by every part that stays;
    those that stayed the last time come last, so that it is not always the same. Where even that
    leaves something unsafe, beside what parts told before, the total stays. Where nobody changed since
    it moved, parts that lagged then stay: the next look would tell what this one kept back.
    """
    if not total.may_move:
        return False
    able = [part for part in total.parts if _goes(part, going)]
    if not total.changes(total.moved):  # its last move, less that of a part that lagged then, would be told
        able = [part for part in able if not part.changes(part.moved, total.moved)]
    able.sort(key=lambda part: (part.changes(part.moved, total.moved) > 0, part.people, part.unit_code))
    shown = _Shown(total) if total.parts or total.former else None
    while shown is not None and shown.tells(able, going):
        if not able:
            return False
        able.pop(0)
    going[total.unit_code] = able
    return True


class _Shown:
    """What a reader may subtract from a total and from its movement, and the people behind it.

    That is every part, as it is now or was before, the parts of a part likewise, and what stood there
    before. A part without remembered changes shares nobody with anything but the total: as its own
    edition was safe, it leaves nobody or five people whatever is chosen of it, and is left out.
    """

    def __init__(self, total: Total) -> None:
        self.total = total
        self.quiet = [part for part in total.parts if not _stirred(part)]
        self.values: list[tuple[Total, Total | None]] = []  # with the part it is in, if it is none itself
        self.crowds = Counter[tuple[Whole, Shares]]()
        self._forget((1, int(total.moved > 0)), total.forgotten - sum(part.forgotten for part in total.parts))
        for part in total.parts:
            if part not in self.quiet:
                self._take(part)
        for former in total.former:
            self.values.append((former, former))
            self._forget((0, 0), former.forgotten, (len(self.values) - 1, former))
        self._remember()
        self.subtractions = Subtractions(self.crowds, len(self.values))

    def tells(self, able: list[Total], going: Mapping[str, list[Total]]) -> bool:
        """Whether one to four people are left of it or of its movement, when these parts move with it."""
        goes = [self._goes(value, part, able, going) for value, part in self.values]
        untold = sum(part.people for part in self.quiet if not part.moved and part not in able)
        known = [(value.moved > 0, moves) for (value, _), moves in zip(self.values, goes, strict=True)]
        rules = [_BELOW if part else _PARTS for _, part in self.values]
        shown = [rule[key] for rule, key in zip(rules, known, strict=True)]
        if self.subtractions.telling(shown, more=untold):
            return True
        return self.total.moved > 0 and self.subtractions.telling([_MOVED[key] for key in known], before=-1)

    def _goes(
        self, value: Total, part: Total | None, able: list[Total], going: Mapping[str, list[Total]]
    ) -> bool:
        if part is value:
            return value.may_move  # elsewhere, and not decided here
        return value in able if part is None else part in able and value in going[part.unit_code]

    def _take(self, part: Total) -> None:
        """A part, and of its parts those that changed or may be told for the first time; the others are one."""
        whole, place = (1, int(self.total.moved > 0)), len(self.values)
        self.values.append((part, None))
        quiet = [one for one in part.parts if one.moved and not one.concerned]
        below = [one for one in part.parts if one.concerned or (not one.moved and one.may_move)]
        for one in (*quiet[:1], *below):
            people = sum(each.people for each in quiet) if quiet and one is quiet[0] else one.forgotten
            self.values.append((one, part))
            self._forget(whole, people, (place, part), (len(self.values) - 1, one))
        inside = sum(one.forgotten for one in (*quiet, *below))
        self._forget(whole, part.forgotten - inside, (place, part))

    def _forget(self, whole: Whole, people: int, *inside: tuple[int, Total]) -> None:
        """Who is forgotten is in a unit and in all above it, in each as long as it is told."""
        if people:
            self.crowds[whole, tuple((place, 1, int(one.moved > 0)) for place, one in inside)] += people

    def _remember(self) -> None:
        places = {value.unit_code: place for place, (value, _) in enumerate(self.values)}
        totals = (self.total, *(value for value, _ in self.values))
        for one in {id(one): one for total in totals for one in total.concerned}.values():
            known: dict[tuple[int, ...] | None, int] = {None: 0}
            inside = sorted([places[code] for code in one.units if code in places])
            shares = [(place, *_shares(self.values[place][0], one, known)) for place in inside]
            whole = _shares(self.total, one, known)
            self.crowds[whole, tuple([each for each in shares if each[1] or each[2]])] += 1


def _stirred(part: Total) -> bool:
    """Whether somebody is remembered who changed in it, or in a part of it."""
    return bool(part.concerned) or any(one.concerned for one in part.parts)


def _shares(total: Total, one: History, known: dict[tuple[int, ...] | None, int]) -> tuple[int, int]:
    """Somebody's share now and before, each figure known of them a digit of its own."""
    now, before = total.share(one.now), total.share(one.at(total.moved))
    return known.setdefault(now, 1 << 8 * len(known)), known.setdefault(before, 1 << 8 * len(known))
