"""Releases of a country: 30,000 units, 3 levels, 4 periods, each released four times. No server is involved."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from time import process_time

import numpy as np

from shared.disclosure.aggregates import Forest, Key, Measure, Rule, Shares, Tabulation, forest, sums
from shared.disclosure.cell_suppression import suppress
from shared.disclosure.judgement import judge
from shared.disclosure.known_people import shown_to
from shared.disclosure.release import release
from tests.bench.report import Figure

SCORE, BELOW, RULE = Measure("score"), Measure("below-target", 0, 1), Rule()
LEVELS, PERIODS = 3, 4
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


def releases(tree: Forest, people: int, seed: int) -> Iterator[tuple[Shares, Shares]]:
    """Scores, and who is below target, as they stand at each release of one level and period.

    People answer late; between two releases 0.5 % move to any other unit, 1 % leave and 1 % are assessed again.
    """
    draw = np.random.default_rng(seed)
    units = len(tree.keys)
    place = draw.choice(units, people, p=_weights(tree, draw))
    value = draw.integers(150, 480, people)
    share = np.arange(people)
    counts = draw.random(people)
    for number, ready in enumerate(ASSESSED):
        if number:
            moved, again = draw.random(people) < 0.005, draw.random(people) < 0.01
            place = np.where(moved, draw.integers(0, units, people), place)
            value = np.where(again, draw.integers(150, 480, people), value)
            share = np.where(again, share + people * number, share)
            counts = np.where(draw.random(people) < 0.01, 2.0, counts)
        rows = counts < ready
        person = np.flatnonzero(rows)
        yield (
            Shares(share[rows], person, place[rows], value[rows]),
            Shares(share[rows], person, place[rows], (value[rows] < 300).astype(np.int64)),
        )


def _weights(tree: Forest, draw: np.random.Generator) -> np.ndarray:
    """Few hospitals have many leaders, most facilities one to three."""
    weights = draw.pareto(1.5, len(tree.keys)) + 0.2
    return weights / weights.sum()


def measure(size: Size) -> list[Figure]:
    """Releases: one measure and one subset of every level and period, released four times."""
    tree, spent = country(size), _Spent()
    for number in range(size.tables):
        scores: list[Tabulation] = []
        subsets: list[Tabulation] = []
        for values, below in releases(tree, size.people // LEVELS, number):
            new = Tabulation(tree, values, np.ones(len(tree.keys), dtype=np.bool_))
            _document(spent, new)
            scores.append(_judged(spent, "scores", new, scores, SCORE))
            subset = Tabulation(tree, below, scores[-1].shown)
            subsets.append(_judged(spent, "subset", subset, subsets, BELOW))
        spent.count(scores[-1])
    since = process_time()
    shown_to(scores, np.arange(12), SCORE, RULE)
    return [
        *spent.figures(),
        Figure("releases: what one leader is shown of four", process_time() - since, "s"),
    ]


@dataclass
class _Spent:
    """Processor seconds by what they went to, and how much of what could be shown is shown in the last release."""

    seconds: dict[str, float] = field(default_factory=lambda: {"tree": 0.0, "scores": 0.0, "subset": 0.0})
    shown: int = 0
    large: int = 0
    above: int = 0
    above_shown: int = 0

    def count(self, last: Tabulation) -> None:
        tree = last.forest
        people = tree.totals(np.bincount(last.shares.place, minlength=len(tree.keys)))
        above = np.array([not key.unit.startswith("F") for key in tree.keys])
        self.shown += int(last.shown.sum())
        self.large += int((people >= RULE.minimum).sum())
        self.above_shown += int((last.shown & above).sum())
        self.above += int((above & (people >= RULE.minimum)).sum())

    def figures(self) -> list[Figure]:
        shown = f"last release: {self.shown} of {self.large} cells of five or more are shown"
        above = f"of districts and above {self.above_shown} of {self.above}"
        tree, scores, subset = self.seconds.values()
        return [
            Figure("releases: sums, suppression, document", tree, "s", TREE_AIM, True, above),
            Figure("releases: comparison and attack, scores", scores, "s", ATTACK_AIM, True, shown),
            Figure("releases: the same of a subset", subset, "s", ATTACK_AIM, True),
        ]


def _judged(
    spent: _Spent, name: str, new: Tabulation, earlier: list[Tabulation], measured: Measure
) -> Tabulation:
    since = process_time()
    found = judge(new, earlier, measured, RULE)
    spent.seconds[name] += process_time() - since
    return found


def _document(spent: _Spent, new: Tabulation) -> None:
    """Sums and homes as if nothing had been released before, and the document."""
    since = process_time()
    own = sums(new.shares, SCORE, len(new.forest.keys))
    shown = suppress(new.forest, own, SCORE, RULE, ~new.shown)
    found = release(
        "roll-ups", "2026Q3", date(2026, 8, 1), {SCORE: Tabulation(new.forest, new.shares, shown)}
    )
    assert found.digest
    spent.seconds["tree"] += process_time() - since
