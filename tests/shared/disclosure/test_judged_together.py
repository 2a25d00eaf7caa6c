"""Measures that start from what the attack withheld in two others are as safe, and lose nothing else by it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from shared.disclosure import judgement
from shared.disclosure.attacker import Attack
from shared.disclosure.judgement import judge, judge_all
from shared.disclosure.measures import Measure, Rule
from tests.shared.disclosure.solver import bounded, certain
from tests.shared.disclosure.test_judgement import histories, play
from tests.shared.disclosure.world import SCORE, World, put_all

pytestmark = pytest.mark.slow(8)

SCORES = tuple(Measure(f"score {number}") for number in range(4))
BELOW = tuple(Measure(f"below {number}", 0, 1) for number in range(4))
WHOLES = dict(zip(BELOW, SCORES, strict=True))


def values(share, measure: Measure):
    """A value of each share in a measure, at the ends of the scale for some."""
    if measure.subset:
        return (share * 7 + int(measure.name[-1]) * 5) % 11 % 2
    return np.clip(60 + (share * 53 + int(measure.name[-1]) * 137) % 480, 100, 500)


def measured(new, measure: Measure):
    shares = new.shares
    return replace(
        new, shares=replace(shares, value=values(shares.share, measure)), shown=np.ones_like(new.shown)
    )


class Together(World):
    """A country of four scores and four subsets; each is looked at as a world of its own."""

    def __init__(self, rule: Rule) -> None:
        super().__init__(SCORE, rule)
        self.released = {measure: [] for measure in (*SCORES, *BELOW)}

    def release(self, *given, **more):
        return super().release(*given, **more, judged=self.judged)

    def judged(self, new, earlier, measure, rule):
        news = {one: measured(new, one) for one in self.released}
        for one, found in judge_all(news, self.released, rule, WHOLES).items():
            self.released[one].append(found)
        return self.released[SCORES[0]][-1]

    def of(self, measure: Measure) -> World:
        shares = {share: int(values(np.array([share]), measure)[0]) for share in self.values}
        return World(measure, self.rule, {}, self.released[measure], shares, self.owners)


@settings(max_examples=30, deadline=None)
@given(histories(SCORE), st.sampled_from((1, 2)))
def test_what_starts_from_others_gives_nobody_away(history, witnesses):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(judgement, "WITNESSES", witnesses)
        patched.setattr(judgement, "differing", lambda new, earlier, rule, population: ~new.shown)
        world = Together(Rule(3))
        play(history, world)
    for measure in (SCORES[3], BELOW[3]):
        alone = world.of(measure)
        event(f"{measure.name} shown later: {any(one.shown.any() for one in alone.tabulations[1:])}")
        found, cells = alone.problem()
        if measure.subset:
            assert certain(found, cells, 3) is None
        else:
            assert bounded(found, cells, 2, alone.whose()) is None


def renamed(left: int) -> World:
    """X and Z were released; the same people stand at Y and Z now, but for so many who left X."""
    world = World()
    put_all(world, range(20), "X", 300)
    put_all(world, range(20, 40), "Z", 300)
    world.release({"X": None, "Z": None})
    put_all(world, range(left, 20), "Y")
    put_all(world, range(left), None)
    world.release({"Y": None, "Z": None})
    return world


def judged_with(world: World, value) -> dict[Measure, frozenset]:
    """The second release for four scores, by the units that each shows; `value` of a share in a measure."""
    first, new = (replace(one, shown=np.ones_like(one.shown)) for one in world.tabulations)

    def of(one, measure):
        column = np.array([value(share, measure) for share in one.shares.share.tolist()], dtype=np.int64)
        return replace(one, shares=replace(one.shares, value=column))

    news = {measure: of(new, measure) for measure in reversed(SCORES)}
    found = judge_all(news, {measure: [of(first, measure)] for measure in SCORES}, Rule())
    units = [key.unit for key in new.forest.keys]
    return {
        measure: frozenset(unit for unit, shown in zip(units, one.shown, strict=True) if shown)
        for measure, one in found.items()
    }


@pytest.fixture
def rounds(monkeypatch) -> list[str]:
    """The measure of each round of an attack."""
    found: list[str] = []

    class Counted(Attack):
        def given_away(self, atoms):
            found.append(self.measure.name)
            return super().given_away(atoms)

    monkeypatch.setattr(judgement, "Attack", Counted)
    return found


def test_what_the_attack_withheld_in_all_witnesses_is_not_found_again(rounds):
    world = renamed(1)
    rounds.clear()
    assert set(judged_with(world, lambda share, measure: 300).values()) == {frozenset("Z")}
    assert rounds == ["score 0", "score 0", "score 1", "score 1", "score 2", "score 3"]


@pytest.mark.parametrize("extreme", SCORES)
def test_what_the_attack_withheld_in_one_of_them_is_shown_of_others(extreme):
    """Seven who left have the highest score, in one measure alone."""
    world = renamed(7)
    found = judged_with(world, lambda share, measure: 500 if share < 7 and measure == extreme else 300)
    assert found == {one: frozenset("Z" if one == extreme else "YZ") for one in SCORES}


def test_a_measure_that_shows_nothing_is_no_witness(rounds):
    """Everybody has the highest score in it, which the release before says of them, too."""
    world = renamed(1)
    rounds.clear()
    found = judged_with(world, lambda share, measure: 500 if measure == SCORES[0] else 300)
    assert found == {one: frozenset("" if one == SCORES[0] else "Z") for one in SCORES}
    vain = ["score 0"] * judgement.ROUNDS
    assert rounds == [*vain, "score 1", "score 1", "score 2", "score 2", "score 3"]


def test_a_measure_alone_is_judged_from_nothing():
    world = renamed(1)
    first, new = world.tabulations
    new = replace(new, shown=np.ones_like(new.shown))
    alone = judge_all({SCORE: new}, {SCORE: [first]}, Rule())[SCORE]
    assert alone.shown.tolist() == judge(new, [first], SCORE, Rule()).shown.tolist()
