"""Figures kept by differences equal figures computed from scratch, whatever happened in between."""

from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.assessment.rollups.group_figures import Counted, Figures, bin_of, difference, figures

# A country with two districts of two facilities each; one facility may move.
PARENTS = {"N": None, "N1": "N", "N2": "N", "F1": "N1", "F2": "N1", "F3": "N2", "F4": "N2"}
FACILITIES = ["F1", "F2", "F3", "F4"]

scores = st.lists(st.none() | st.integers(100, 500), min_size=3, max_size=3)
people = st.builds(
    Counted,
    scores,
    st.lists(st.integers(100, 500), min_size=3, max_size=3),
    st.lists(st.booleans(), min_size=3, max_size=3),
)
steps = st.one_of(
    st.tuples(st.just("count"), st.integers(1, 6), st.sampled_from(FACILITIES), people),
    st.tuples(st.just("move"), st.sampled_from(FACILITIES), st.sampled_from(["N1", "N2"])),
)


def path(parents, unit):
    return [] if unit is None else [*path(parents, parents[unit]), unit]


@settings(max_examples=150)
@given(st.lists(steps, max_size=25))
def test_differences_equal_recomputation_also_after_a_unit_moves(history):
    parents = dict(PARENTS)
    counted: dict[int, tuple[str, Counted]] = {}
    kept = {unit: Figures.empty(3) for unit in PARENTS}
    for step in history:
        if step[0] == "count":
            _, person, unit, new = step
            if person in counted and counted[person][0] != unit:
                before, old = counted[person]
                for above in path(parents, before):
                    kept[above].merge(difference(old, None, 3))
                change = difference(None, new, 3)
            else:
                change = difference(counted[person][1] if person in counted else None, new, 3)
            for above in path(parents, unit):
                kept[above].merge(change)
            counted[person] = (unit, new)
        else:
            _, unit, parent = step
            for above in path(parents, unit)[:-1]:
                kept[above].merge(kept[unit], -1)
            parents[unit] = parent
            for above in path(parents, unit)[:-1]:
                kept[above].merge(kept[unit])
    for unit in PARENTS:
        inside = [person for home, person in counted.values() if unit in path(parents, home)]
        assert kept[unit] == figures(inside, 3)


@given(st.lists(people, max_size=12))
def test_figures_say_what_they_say(group):
    total = figures(group, 3)
    for place in range(3):
        given_ = [p for p in group if p.scores[place] is not None]
        assert total.counts[place] == len(given_)
        assert total.sums[place] == sum(p.scores[place] for p in given_)
        assert total.below[place] == sum(p.scores[place] < p.targets[place] for p in given_)
        assert total.unverified[place] == sum(p.unverified[place] for p in given_)
        bins = Counter(bin_of(p.scores[place]) for p in given_)
        assert total.histogram[place * 5 : place * 5 + 5] == [bins[n] for n in range(5)]


@given(people)
def test_the_same_again_changes_nothing(person):
    assert difference(person, person, 3).is_zero()


@pytest.mark.parametrize(
    ("score", "place"), [(100, 0), (149, 0), (150, 1), (349, 2), (350, 3), (449, 3), (500, 4)]
)
def test_bins_are_the_points_of_the_scale(score, place):
    assert bin_of(score) == place
