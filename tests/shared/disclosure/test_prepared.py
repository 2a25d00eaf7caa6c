"""What is worked out once for several measures, rounds or readers changes nothing of what is shown."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from shared.disclosure import judgement
from shared.disclosure.aggregates import Tabulation
from shared.disclosure.attacker import Attack
from shared.disclosure.histories import Population
from shared.disclosure.judgement import judge, judge_all
from shared.disclosure.measures import Measure, Rule
from tests.shared.disclosure.test_judgement import histories, play
from tests.shared.disclosure.world import PEOPLE, SCORE, SUBSET, World

pytestmark = pytest.mark.slow(8)

RULE = Rule(2)
BELOW = Measure("below", 0, 1)
OTHER = Measure("other score")


@dataclass
class JudgedBy(World):
    """A country whose releases are judged in a way of its own."""

    judged: Callable[..., Tabulation] = judge

    def release(self, *given, **more):
        return super().release(*given, **more, judged=self.judged)


class AttackFromScratch(Attack):
    """Remembers no round before."""

    def given_away(self, atoms):
        return Attack(self.measure, self.rule).given_away(atoms)


@settings(max_examples=120, deadline=None)
@given(
    st.sampled_from((SCORE, SUBSET)).flatmap(lambda one: st.tuples(st.just(one), histories(one))),
    st.sampled_from((2, 3, 4, 5)),
    st.booleans(),
)
def test_a_round_that_remembers_the_one_before_finds_what_one_from_scratch_does(played, smallest, compared):
    (measure, history), rounds = played, [0]

    class Counted(Attack):
        def given_away(self, atoms):
            rounds[0] += self.partners is not None
            return super().given_away(atoms)

    def judged(new, earlier, measure, rule):
        with pytest.MonkeyPatch.context() as patched:
            if not compared:
                patched.setattr(judgement, "differing", lambda new, earlier, rule, population: ~new.shown)
            patched.setattr(judgement, "Attack", Counted)
            found = judge(new, earlier, measure, rule)
            patched.setattr(judgement, "Attack", AttackFromScratch)
            assert judge(new, earlier, measure, rule).shown.tolist() == found.shown.tolist()
        return found

    play(history, JudgedBy(measure, Rule(smallest), judged=judged))
    event(f"rounds after a first one: {min(rounds[0], 3)}")


def measured(tabulation: Tabulation, measure: Measure) -> Tabulation:
    """The same people with another value each."""
    shares = tabulation.shares
    value = {
        SCORE: shares.value,
        OTHER: 100 + shares.share * 53 % 400,
        BELOW: (shares.value < 250).astype(np.int64),
        PEOPLE: np.ones_like(shares.value),
    }[measure]
    return replace(tabulation, shares=replace(shares, value=value), shown=np.ones_like(tabulation.shown))


@settings(max_examples=60, deadline=None)
@given(histories(SCORE), st.booleans())
def test_several_measures_are_judged_together_as_each_by_itself(history, subset):
    measures = (BELOW, SCORE, OTHER, PEOPLE)
    wholes = {BELOW: SCORE} if subset else {}
    released: dict[Measure, list[Tabulation]] = {measure: [] for measure in measures}

    def judged(new, earlier, measure, rule):
        news = {measure: measured(new, measure) for measure in measures}
        found = judge_all(news, released, rule, wholes)
        for measure in (SCORE, OTHER, PEOPLE, BELOW):
            one = news[measure]
            if measure in wholes:
                one = replace(one, shown=found[wholes[measure]].shown)
            alone = judge(one, released[measure], measure, rule)
            assert alone.shown.tolist() == found[measure].shown.tolist()
        for measure in measures:
            released[measure].append(found[measure])
        return found[SCORE]

    world = JudgedBy(SCORE, RULE, judged=judged)
    play(history, world)


def test_who_counts_where_is_worked_out_once_for_measures_of_the_same_people(monkeypatch):
    made = []

    class Counted(Population):
        def __init__(self, new, earlier):
            made.append(1)
            super().__init__(new, earlier)

    monkeypatch.setattr(judgement, "Population", Counted)
    world = World()
    for person in range(9):
        world.put(person, "X", 300)
    world.release({"X": None})
    made.clear()
    new = world.tabulations[0]
    judge_all({measure: measured(new, measure) for measure in (SCORE, OTHER, BELOW)}, {}, RULE)
    assert made == [1]
    fewer = replace(new, shares=new.shares.only(new.shares.person != 3))
    judge_all({SCORE: new, OTHER: fewer}, {}, RULE)
    assert made == [1, 1, 1]
