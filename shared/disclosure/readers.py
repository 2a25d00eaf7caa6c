"""Which released cells are withheld from one reader, who may read some of the people one by one. Pure.

A leader who subtracts the team from a cell of six has the sixth person, and one who subtracts last month's
cell and what the team added since has whoever else came. So the people whom the reader may read do not count,
in no release of the period: what others add up to must be that of nobody or of five people and more.

**The rule.** Somebody is *at home* in the lowest shown cell that the share counts in, in each release. Whatever is
added up from the releases, each sum times any number, is a sum of homes, and each share has in it the sum of
the numbers of its homes, its *weight*. People who are *outside*, that is, not readable, and have the same
homes in all releases have the same weight: of five of them it is 0, where the result shall be of one to four
outside people. So the reader's cells are chosen such that the homes of each known share add up, each times some
number, from those of outside groups of five and more. Then a result of one to four outside people has no
weight of a known share, and who knows nobody has the same result. There is none by the rule of the release.

A home of known people alone says nothing of others, and is left out of these sums: to leave it out of a result
changes no outside weight. A group counts only where it has room on the scale, as every cell must in a release,
and so must those who are outside in a home with known people: whoever is at home there may exchange with others.

**In order.** The releases are judged one after the other, as they were made, and of a later one only more is
withheld: what a reader was shown at one time counts at the next. A release of which nothing is shown
adds nothing, so there is always a way. Nobody is looked at for a release who was not when it was the latest, so
that the same was withheld then.

**Nearby.** Nobody at home where no known person is has any part in this. So the service looks at those who were at
home with known people in some release. Fewer may be looked at, too: a group that is not there is one less to
add up from, so more is withheld and never less.

Example: a district of eight, whose office has six people, five of them the reader's team. One is outside
and at home in the district: less the facilities, the district would tell of that person. The smallest
facility is withheld, and the district is shown.

Example: five people are new in a facility, four of them the reader's. The facility is shown to others, and
withheld from the reader, who would have the fifth by subtracting last month's.

Not covered: a reader who comes to know people later, and has seen what was shown meanwhile; other periods and
figures; how close the others can be told together beyond that, which is judged for the release and not again.
"""

from collections.abc import Collection, Iterator, Set
from dataclasses import dataclass, field

from shared.disclosure.measures import Key, Rule
from shared.disclosure.nearby import Figure, Group, Nearby, groups, parts
from shared.disclosure.spans import Span

Node = tuple[int, Key]  # a home in one release


@dataclass(slots=True)
class Decision:
    """Cells withheld in each release; not final while some cells are to be explored or visited for a `release`."""

    withheld: list[set[Key]]
    explore: set[Key] = field(default_factory=set)
    visit: set[Key] = field(default_factory=set)
    release: int = 0

    @property
    def final(self) -> bool:
        """Whether all was known that it takes."""
        return not self.explore and not self.visit


def judged(near: Nearby, figure: Figure, rule: Rule | None = None) -> Decision:
    """What is withheld of one figure."""
    return _Judgement(near, figure, rule or Rule()).decide()


class _Judgement:
    def __init__(self, near: Nearby, figure: Figure, rule: Rule) -> None:
        self.near, self.figure, self.rule = near, figure, rule
        self.room = figure.measure.room(rule)
        self.groups = list(groups(near, figure))
        self.shown = [{key for key, cell in of.items() if figure.name in cell.people} for of in near.cells]
        self.homes: list[list[Key | None]] = []  # of each release that was judged, by group
        self.before = [frozenset[Node]()] * len(
            self.groups
        )  # homes of each group in the releases that are done
        self.found = Decision([set() for _ in near.cells])
        self.below = [parts(of) for of in near.cells]

    def decide(self) -> Decision:
        touched = not self.near.known
        for release in range(len(self.shown)):
            touched = touched or any(one.known and one.ways[release] for one in self.groups)
            self.homes.append(self._homes(release))
            self.found.release = release
            while touched and (more := self._further(release)):
                self.shown[release] -= more
                self.found.withheld[release] |= more
                self.homes[release] = self._homes(release)
            if not self.found.final:
                break
            self.before = [self._nodes(release, place) for place in range(len(self.groups))]
        return self.found

    def _homes(self, release: int) -> list[Key | None]:
        shown = self.shown[release]
        return [
            next((key for key in reversed(one.ways[release]) if key in shown), None) for one in self.groups
        ]

    def _at_home(self, release: int) -> Iterator[tuple[Group, Key | None]]:
        for one, home in zip(self.groups, self.homes[release], strict=True):
            if one.since <= release:
                yield one, home

    def _further(self, release: int) -> set[Key]:
        """Cells to be withheld next; none where all is safe, or more must be known."""
        for home in self._shared(release):
            if not self._known_of(release, home):
                self.found.visit |= {
                    key for key in self._gathered(release, home) if not self._visited(release, key)
                }
            elif not self.near.known and not self._whole(release, home):
                return {home}  # somebody known may be there who is not among the shares
            elif not self._safe(release, home):
                part = self._smallest(release, home)
                return {part} if part is not None else set()
        return self._blamed(release) if self.found.final else set()

    def _shared(self, release: int) -> list[Key]:
        """The homes of listed people, lowest first."""
        listed = {
            home
            for one, home in self._at_home(release)
            if home is not None and (one.known if self.near.known else one.people)
        }
        return sorted(listed, key=lambda home: (-sum(1 for _ in self._above(release, home)), home))

    def _gathered(self, release: int, home: Key) -> set[Key]:
        """A home, and the cells withheld from this reader whose people fall to it."""
        found = {home}
        for hidden in self.found.withheld[release]:
            if next((up for up in self._above(release, hidden) if up in self.shown[release]), None) == home:
                found.add(hidden)
        return found

    def _known_of(self, release: int, home: Key) -> bool:
        return all(self._visited(release, key) for key in self._gathered(release, home))

    def _visited(self, release: int, key: Key) -> bool:
        return self.near.visited.get(key, release + 1) <= release

    def _whole(self, release: int, home: Key) -> bool:
        """Whether everybody at home there is among the shares."""
        crowded = self.near.crowded
        return self._known_of(release, home) and all(
            crowded.get(key, release + 1) > release for key in self._gathered(release, home)
        )

    def _safe(self, release: int, home: Key) -> bool:
        """Whether those outside who are at home there are nobody, or enough with room on the scale."""
        here = [one for one, at in self._at_home(release) if at == home]
        people, above, below = (
            sum(getattr(one, name) for one in here) for name in ("people", "above", "below")
        )
        if not any(one.known for one in here):
            return True
        if not people:
            return self._whole(release, home)
        return bool(people >= self.rule.minimum and min(above, below) >= self.room)

    def _smallest(self, release: int, home: Key) -> Key | None:
        """What to withhold so that more are at home above: the part of the fewest outside people, or the home."""
        parts: list[Key] = []
        waiting = [home]
        while waiting:
            key = waiting.pop()
            if key not in self.near.explored:
                self.found.explore.add(key)
            for part in self.below[release].get(key, ()):
                (parts if part in self.shown[release] else waiting).append(part)
        if self.found.explore:
            return None
        sizes = [(people, part) for part in parts if (people := self._outside(release, part))]
        return min(sizes)[1] if sizes else home

    def _outside(self, release: int, cell: Key) -> int:
        """How many people of a cell are not readable."""
        inside = [one for one in self.groups if cell in one.ways[release]]
        if not self.near.known:
            return sum(one.people for one in inside)
        return self.near.cells[release][cell].people[self.figure.name] - sum(one.known for one in inside)

    def _blamed(self, release: int) -> set[Key]:
        """The homes in a release of known shares whose homes do not add up from those of outside groups."""
        looked_at = [place for place, one in enumerate(self.groups) if one.since <= release]
        nodes = {place: self._nodes(release, place) for place in looked_at}
        crowds: dict[frozenset[Node], list[int]] = {}
        for place, own in nodes.items():
            one = self.groups[place]
            if one.people:
                crowd = crowds.setdefault(own, [0, 0, 0])
                crowd[:] = crowd[0] + one.people, crowd[1] + one.above, crowd[2] + one.below
        able = [
            own for own, (people, above, below) in crowds.items()
            if people >= self.rule.minimum and min(above, below) >= self.room
        ]  # fmt: skip
        left = {own for place, own in nodes.items() if self.groups[place].known}.difference(able)
        if not left:
            return set()
        span, occupied = Span(able), {node for own in crowds for node in own}
        loose = {own for own in left if self._of_others(own, occupied) not in span}
        return self._leading(release, loose, nodes.values()) if loose else set()

    def _of_others(self, nodes: frozenset[Node], occupied: Set[Node]) -> frozenset[Node]:
        """Homes without those of known people alone."""
        return frozenset(node for node in nodes if node in occupied or not self._whole(*node))

    def _nodes(self, release: int, group: int) -> frozenset[Node]:
        """The homes of a group up to a release."""
        before, home = self.before[group], self.homes[release][group]
        return before if home is None else before | {(release, home)}

    def _leading(
        self, release: int, loose: Set[frozenset[Node]], nodes: Collection[frozenset[Node]]
    ) -> set[Key]:
        """Where they are at home in a release; of those who left, where others are who were at home with them."""
        last = {key for own in loose for at, key in own if at == release}
        left = {node for own in loose if all(at != release for at, _ in own) for node in own}
        last |= {key for own in nodes if not left.isdisjoint(own) for at, key in own if at == release}
        if not last:
            ways = [one.ways[release] for one in self.groups if one.since <= release]
            return {key for way in ways for key in way if key in self.shown[release]}
        above = {up for key in last for up in self._above(release, key)}
        return last - above

    def _above(self, release: int, key: Key) -> Iterator[Key]:
        up = self.near.cells[release][key].above
        while up is not None:
            yield up
            up = self.near.cells[release][up].above if up in self.near.cells[release] else None
