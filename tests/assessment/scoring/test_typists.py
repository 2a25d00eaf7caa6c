"""Who typed answers in, and what is left of the groups for them to subtract from."""

from hypothesis import given
from hypothesis import strategies as st

from services.assessment.scoring.anonymity import CATEGORIES, groups, unknown
from services.assessment.scoring.competency_levels import Layout, Response, score
from services.assessment.scoring.typists import TOGETHER, Elsewhere, Origin, known_elsewhere, known_to

CLERKS = ("one", "two", "three", "rater 0")
origin = st.tuples(
    st.sampled_from(("peer", "report")),
    st.none() | st.sampled_from(CLERKS),
    st.none() | st.sampled_from(CLERKS),
)


def test_the_raters_whom_a_typist_does_not_know_protect_each_other():
    assert unknown([]) == 0
    assert unknown([frozenset()] * 3) == 3
    assert unknown([frozenset({"one"})] * 3) == 3  # knows all of them
    assert unknown([frozenset({"one"}), frozenset(), frozenset()]) == 2
    assert unknown([frozenset({"one"}), frozenset({"two"}), frozenset({"one", "two"})]) == 1


def test_all_typists_together_are_one_more_and_a_typist_knows_the_own_answer():
    known = known_to([Origin("a", "one", "two"), Origin("b"), Origin("one"), Origin("c", "three")])
    assert known == [
        {"one", "two", TOGETHER}, frozenset(), {"one", TOGETHER}, {"three", TOGETHER},
    ]  # fmt: skip
    assert known_to([Origin("a"), Origin("b")]) == [frozenset()] * 2


def test_what_is_left_of_two_assessments_is_nobody_or_three():
    assert unknown([frozenset({"other"})] * 3) == 3  # the same raters
    assert unknown([frozenset({"other"})] * 3, ["other"]) == 1  # and one more in the other
    assert unknown([*[frozenset({"other"})] * 3, frozenset()], ["other"]) == 2  # x - y
    assert unknown([frozenset({"other"})] * 3, ["other"] * 4) == 3
    origins = [Origin("a"), Origin("b", "one")]
    others = [Elsewhere("other", who, "peer", who != "friend") for who in ("a", "c", "friend")]
    known, more = known_elsewhere(origins, known_to(origins), others)
    assert known == [{"other"}, {"one", TOGETHER}]
    assert more == {"peer": ["other"]}


def test_one_that_would_make_a_group_too_small_is_left_out():
    """Three peers typed in, and one report who answered in person: merged, who typed follows the report."""
    known = {"peer": [frozenset({"one"})] * 3, "report": [frozenset()]}
    values = {"peer": [1, 2, 3], "report": [4]}
    assert [group.categories for group in groups(values, known_to=known)] == [("peer",)]
    known["report"] = [frozenset()] * 3
    assert len(groups(values | {"report": [4, 4, 4]}, known_to=known)) == 2


@given(st.lists(origin, max_size=10))
def test_no_typist_and_not_all_together_subtract_down_to_one_or_two(given_):
    origins = [Origin(f"rater {place}", *by) for place, (_, *by) in enumerate(given_)]
    known = known_to(origins)
    responses = [
        Response(category, [60 + place], known_to=parties)
        for place, ((category, *_), parties) in enumerate(zip(given_, known, strict=True))
    ]
    [found] = score(responses, Layout(((0, 1),), 60))
    for group in found.groups:
        members = [response for response in responses if response.category in group.categories]
        assert sorted(response.means[0] or 0 for response in members) == group.values
        for party in (*CLERKS, TOGETHER):
            left = sum(party not in response.known_to for response in members)
            assert left == 0 or left >= 3, party
    assert all(name in CATEGORIES for group in found.groups for name in group.categories)
