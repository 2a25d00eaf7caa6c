"""Releases of a country of 30,000 units, one after the other. No server is involved."""

import gc
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from time import process_time

import numpy as np

from shared.disclosure.aggregates import Forest, Shares, Tabulation, forest, sums
from shared.disclosure.cell_suppression import suppress
from shared.disclosure.judgement import judge, judge_all
from shared.disclosure.measures import Key, Measure, Rule
from shared.disclosure.release import release
from tests.bench.report import Figure

LEVELS, PERIODS, COMPETENCIES = 3, 4, 11
PEOPLE, RULE, TARGET = Measure("people", 1, 1), Rule(), 300
SCORES = tuple(Measure(f"score-{number}") for number in range(COMPETENCIES))
BELOW = tuple(Measure(f"below-target-{number}", 0, 1) for number in range(COMPETENCIES))
ASSESSED = (0.4, 0.7, 0.95, 1.0)  # of a period's people, at each release
TREE_AIM, ATTACK_AIM = 60, 600


@dataclass(frozen=True)
class Size:
    """Units, and people assessed in each period; a district has about 40 facilities, a region 12 districts."""

    units: int = 30_000
    people: int = 250_000
    tables: int = LEVELS * PERIODS


FULL, QUICK = Size(), Size(200, 1_600, 1)


def country(size: Size) -> Forest:
    """A nation, its regions, districts and facilities."""
    districts = max(1, size.units // 41)
    regions = max(1, districts // 12)
    parents: dict[Key, Key | None] = {Key("C"): None}
    parents |= {Key(f"R{number}"): Key("C") for number in range(regions)}
    parents |= {Key(f"D{number}"): Key(f"R{number % regions}") for number in range(districts)}
    rest = size.units - len(parents)
    parents |= {Key(f"F{number}"): Key(f"D{number % districts}") for number in range(rest)}
    return forest(parents, parents)


def releases(tree: Forest, people: int, seed: int) -> Iterator[tuple[Shares, np.ndarray]]:
    """Who counts where at each release of one level and period, and everybody's scores in each competency.

    People answer late; between two releases 0.5 % move to any other unit, 1 % leave and 1 % are assessed again.
    The shares have the first score as their value.
    """
    draw = np.random.default_rng(seed)
    units = len(tree.keys)
    place = draw.choice(units, people, p=_weights(tree, draw))
    value = draw.integers(150, 480, (people, COMPETENCIES))
    share = np.arange(people)
    counts = draw.random(people)
    for number, ready in enumerate(ASSESSED):
        if number:
            moved, again = draw.random(people) < 0.005, draw.random(people) < 0.01
            place = np.where(moved, draw.integers(0, units, people), place)
            value = np.where(again[:, None], draw.integers(150, 480, (people, COMPETENCIES)), value)
            share = np.where(again, share + people * number, share)
            counts = np.where(draw.random(people) < 0.01, 2.0, counts)
        rows = counts < ready
        yield Shares(share[rows], np.flatnonzero(rows), place[rows], value[rows, 0]), value[rows]


def _weights(tree: Forest, draw: np.random.Generator) -> np.ndarray:
    """Few hospitals have many leaders, most facilities one to three."""
    weights = draw.pareto(1.5, len(tree.keys)) + 0.2
    return weights / weights.sum()


def measure(size: Size) -> list[Figure]:
    """Releases: people, 11 scores and 11 subsets of one level, released four times; sums of all levels."""
    tree, spent = country(size), _Spent()
    for number in range(size.tables):
        for shares, _ in releases(tree, size.people // LEVELS, number):
            _document(spent, _all(tree, shares))
    released: dict[Measure, list[Tabulation]] = {one: [] for one in (PEOPLE, *SCORES, *BELOW)}
    gc.disable()  # as in the process that judges beside a service
    for shares, values in releases(tree, size.people // LEVELS, 0):
        news = _tabulations(_all(tree, shares), values)
        since = process_time()
        judge(news[SCORES[0]], released[SCORES[0]], SCORES[0], RULE)
        spent.alone = process_time() - since
        since = process_time()
        found = judge_all(news, released, RULE, dict(zip(BELOW, SCORES, strict=True)))
        spent.releases.append(process_time() - since)
        for measured, tabulation in found.items():
            released[measured].append(tabulation)
    gc.enable()
    spent.count(released)
    return spent.figures()


@dataclass
class _Spent:
    """Processor seconds by what they went to, and how much of what could be shown is shown in the last release."""

    tree: float = 0.0
    alone: float = 0.0
    releases: list[float] = field(default_factory=list)
    shown: list[str] = field(default_factory=list)

    def count(self, released: Mapping[Measure, Sequence[Tabulation]]) -> None:
        for measured in (PEOPLE, SCORES[0], BELOW[0]):
            last = released[measured][-1]
            tree = last.forest
            people = tree.totals(np.bincount(last.shares.place, minlength=len(tree.keys)))
            large = people >= RULE.minimum
            above = np.array([not key.unit.startswith("F") for key in tree.keys])
            self.shown.append(
                f"{measured.name} {last.shown.sum()} of {large.sum()} cells of five or more, "
                f"of districts and above {(last.shown & above).sum()} of {(above & large).sum()}"
            )

    def figures(self) -> list[Figure]:
        last, tables = self.releases[-1], LEVELS * PERIODS
        all_last = f"{last:.0f} s for the last of four releases, one level and period, times {tables}"
        return [
            Figure("releases: sums, suppression, document", self.tree, "s", TREE_AIM, True),
            Figure(
                "releases: one score judged, the last of four", self.alone, "s", None, False, self.shown[1]
            ),
            Figure(
                "releases: one level, people, 11 scores, 11 subsets", last, "s", None, False, self.shown[2]
            ),
            Figure("releases: all levels and periods", last * tables, "s", ATTACK_AIM, True, all_last),
        ]


def _tabulations(new: Tabulation, values: np.ndarray) -> dict[Measure, Tabulation]:
    """The same people, counted, with each score, and with each score below the target."""
    columns = {PEOPLE: np.ones(len(values), dtype=np.int64)}
    columns |= {one: values[:, column] for column, one in enumerate(SCORES)}
    columns |= {one: (values[:, column] < TARGET).astype(np.int64) for column, one in enumerate(BELOW)}
    return {one: replace(new, shares=replace(new.shares, value=column)) for one, column in columns.items()}


def _all(tree: Forest, shares: Shares) -> Tabulation:
    return Tabulation(tree, shares, np.ones(len(tree.keys), dtype=np.bool_))


def _document(spent: _Spent, new: Tabulation) -> None:
    """Sums and homes as if nothing had been released before, and the document."""
    since = process_time()
    own = sums(new.shares, SCORES[0], len(new.forest.keys))
    shown = suppress(new.forest, own, SCORES[0], RULE, ~new.shown)
    figures = {SCORES[0]: replace(new, shown=shown)}
    assert release("roll-ups", "2026Q3", date(2026, 8, 1), figures).digest
    spent.tree += process_time() - since
