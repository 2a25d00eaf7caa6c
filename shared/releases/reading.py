"""Stored releases around one reader's people, and what is withheld from the reader of them.

`shared.disclosure.readers` decides, over the people who were at home where the reader's people were. They are
read in rounds, since who falls into which home depends on what is withheld. Answers are kept: until the next
release, who knows the same people is shown the same.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from shared.disclosure.measures import Key
from shared.disclosure.nearby import Cell, Figure, Nearby, Share
from shared.disclosure.readers import Decision, judged
from shared.releases import around
from shared.releases.cubes import Cube, counts_people

ROUNDS = 24  # in which more is read; where more were needed, all around the reader's people is withheld
MOST = 300  # people of one home who are looked at
ANSWERS = 2_000  # kept in each process

Shown = tuple[str, Key, int]  # period, cell, number of the release


class Listed(NamedTuple):
    """Whom the reader may read, or (`known` is False) may not of some units; `inside` are the reader's then."""

    people: frozenset[UUID]
    known: bool
    inside: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Withheld:
    """What one reader is not shown of the releases, by figure; `everything` where too much had to be read."""

    cells: Mapping[str, frozenset[Shown]]
    everything: bool = False

    def has(self, figure: str, shown: Shown) -> bool:
        """Whether a figure of a cell is withheld that a release shows to others."""
        return self.everything or shown in self.cells.get(figure, frozenset())


NOTHING = Withheld({})
_EVERYTHING = Withheld({}, everything=True)
_answers = OrderedDict[object, Withheld]()


async def withheld(session: AsyncSession, cube: Cube, period: str, listed: Listed) -> Withheld:
    """What this reader is not shown of a period, and of those that overlap it."""
    releases = await around.releases(session, cube, period)
    if not releases or (listed.known and not listed.people):
        return NOTHING
    if not all(one.complete for one in releases):
        return _EVERYTHING
    if not listed.known:
        return await _Reading(session, cube, releases, listed).run()  # it depends on today's tree, too
    question = (cube.name, *releases, listed)
    answer = _answers.get(question)
    if answer is None:
        answer = _answers[question] = await _Reading(session, cube, releases, listed).run()
        if len(_answers) > ANSWERS:
            _answers.popitem(last=False)
    _answers.move_to_end(question)
    return answer


def figures(cube: Cube) -> list[Figure]:
    """What is judged of a cube, under the names that documents have."""
    return [
        Figure(cube.shown_as(one), place, one, counts_people(one))
        for place, one in enumerate(cube.measures)
        if one.name not in cube.judged_by
    ]


class _Reading:
    def __init__(
        self, session: AsyncSession, cube: Cube, releases: Sequence[around.Made], listed: Listed
    ) -> None:
        self.rows = around.Rows(session, cube, releases, listed.inside)
        self.figures, self.releases, self.listed = figures(cube), releases, listed
        self.shares: dict[int, Share] = {}
        self.cells: list[dict[Key, Cell]] = [{} for _ in releases]
        self.explored, self.visited, self.crowded = set[Key](), dict[Key, int](), dict[Key, int]()

    async def run(self) -> Withheld:
        await self._add(dict.fromkeys(self.listed.people, 0))
        if not self.shares:
            return NOTHING
        waiting = self.figures
        for _ in range(ROUNDS):
            asked, decisions = waiting, await asyncio.to_thread(self._judge, waiting)
            waiting = [one for one in asked if not decisions[one.name].final]
            if not waiting and asked is self.figures:
                return Withheld({name: self._shown(one.withheld) for name, one in decisions.items()})
            waiting = waiting or self.figures  # at last all of them, beside everybody who was read
            await self._explore(set().union(*(one.explore for one in decisions.values())))
            visits = [(one.release, key) for one in decisions.values() for key in one.visit]
            await self._visit({key: release for release, key in sorted(visits, reverse=True)})
        return _EVERYTHING

    def _judge(self, asked: Sequence[Figure]) -> dict[str, Decision]:
        near = Nearby(
            list(self.shares.values()),
            self.cells,
            self.listed.known,
            self.explored,
            self.visited,
            self.crowded,
        )
        return {one.name: judged(near, one) for one in asked}

    def _shown(self, withheld: Sequence[Collection[Key]]) -> frozenset[Shown]:
        return frozenset(
            (made.period, key, made.number)
            for made, keys in zip(self.releases, withheld, strict=True)
            for key in keys
        )

    async def _add(self, people: Mapping[UUID, int]) -> None:
        """Take people in since some release, with all their shares and the cells on their ways."""
        fresh = await self.rows.shares(people)
        for number, (person, ways, amounts) in fresh.items():
            known = (person in self.listed.people) == self.listed.known
            self.shares[number] = Share(person, known, ways, amounts, people[person])
        units = {key.unit for _, ways, _ in fresh.values() for way in ways for key in way}
        self._take(await self.rows.cells(units))

    async def _explore(self, keys: Set[Key]) -> None:
        if keys:
            self._take(await self.rows.parts({key.unit for key in keys}))
            self.explored |= keys

    async def _visit(self, keys: Mapping[Key, int]) -> None:
        """Take in who was at home in cells, each since the release for which it was asked, or a later one."""
        known = {share.person: share.since for share in self.shares.values()}
        fresh: dict[UUID, int] = {}
        for key, asked in keys.items():
            people = await self.rows.at_home(key, MOST)
            self.visited[key] = asked
            if len(people) > MOST:
                self.crowded[key] = people.pop()[1]
            for person, first in people:
                since = max(first, asked)
                fresh[person] = min(since, fresh.get(person, since))
        await self._add(
            {person: since for person, since in fresh.items() if since < known.get(person, since + 1)}
        )

    def _take(self, rows: Iterable[tuple[int, Key, Cell]]) -> None:
        for release, key, cell in rows:
            self.cells[release][key] = cell
