"""What services read around a reader's people, of a small country: less and less of it, or all."""

from collections.abc import Collection, Iterable

from shared.disclosure.measures import Key, Measure
from shared.disclosure.nearby import Cell, Figure, Nearby, Share, Way
from shared.disclosure.readers import judged
from tests.shared.disclosure.world import World


class Country:
    """The releases of a world, read as a service does: the listed people first, then whom a decision asks for."""

    def __init__(
        self, world: World, known: Collection[int], *, listed: bool = True, most: int = 1000
    ) -> None:
        self.world, self.known, self.listed, self.most = world, known, listed, most
        self.ways: dict[int, list[Way]] = {}
        self.person: dict[int, int] = {}
        releases = world.tabulations
        for number, one in enumerate(releases):
            rows = zip(
                one.shares.share.tolist(), one.shares.person.tolist(), one.shares.place.tolist(), strict=True
            )
            for share, person, place in rows:
                self.person[share] = person
                self.ways.setdefault(share, [()] * len(releases))[number] = way(one.forest, place)
        self.explored, self.visited, self.crowded = set[Key](), dict[Key, int](), dict[Key, int]()
        self.since = {share: 0 for share in self.ways if (share in known) == listed}

    def withheld(self, measure: Measure) -> list[set[Key]]:
        figure = Figure("it", 0, measure, of_people=False)
        while True:
            found = judged(self.near(), figure, self.world.rule)
            if found.final:
                return found.withheld
            assert all(self.visited.get(key, found.release + 1) > found.release for key in found.visit)
            assert not found.explore & self.explored
            for key in sorted(found.visit):
                self.visit(key, found.release)
            self.explored |= found.explore

    def visit(self, key: Key, release: int) -> None:
        everybody = [(first, share) for share in self.ways if (first := self.first(share, key)) is not None]
        self.visited[key] = release
        if len(everybody) > self.most:
            self.crowded[key] = sorted(everybody)[self.most][0]
        for first, share in sorted(everybody)[: self.most]:
            since = max(first, release)
            self.since[share] = min(since, self.since.get(share, since))

    def first(self, share: int, key: Key) -> int | None:
        """The first release in which it was at home there."""
        releases = range(len(self.world.tabulations))
        return next((number for number in releases if self.at_home(share, number, key)), None)

    def at_home(self, share: int, release: int, key: Key) -> bool:
        shown = [one for one in self.ways[share][release] if one in self.rows(release)]
        return bool(shown) and shown[-1] == key

    def rows(self, release: int) -> set[Key]:
        one = self.world.tabulations[release]
        return {key for key, shown in zip(one.forest.keys, one.shown.tolist(), strict=True) if shown}

    def near(self) -> Nearby:
        shares = [
            Share(
                self.person[share],
                share in self.known,
                tuple(self.ways[share]),
                [self.world.values[share]],
                since,
            )
            for share, since in sorted(self.since.items())
        ]
        cells = [self.cells(number, shares) for number in range(len(self.world.tabulations))]
        return Nearby(shares, cells, self.listed, self.explored, self.visited, self.crowded)

    def cells(self, release: int, shares: Iterable[Share]) -> dict[Key, Cell]:
        one = self.world.tabulations[release]
        on_ways = {key for share in shares for key in share.ways[release]}
        found = {}
        rows = self.rows(release)
        for place, key in enumerate(one.forest.keys):
            if key not in rows:
                continue
            above = next((up for up in reversed(way(one.forest, place)[:-1]) if up in rows), None)
            if key in on_ways or above in self.explored:
                people = sum(key in ways[release] for ways in self.ways.values())
                found[key] = Cell(above, {"it": people})
        return found


def way(forest, place: int) -> Way:
    found: Way = ()
    while place >= 0:
        found = (forest.keys[place], *found)
        place = int(forest.parents[place])
    return found
