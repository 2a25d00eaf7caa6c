"""When a full list deactivates by itself, by rule alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.imports.absences import check_complete, most, needs_second
from shared.errors import Invalid

GOOD = {"stated": 100, "received": 100, "unreadable": 0, "taken": 98, "known": 3, "met": 90}


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"received": 0, "stated": 0}, "list-empty"),
        ({"received": 99}, "list-cut-off"),
        ({"received": 101}, "list-cut-off"),
        ({"unreadable": 1}, "list-unreadable"),
        ({"taken": 0}, "list-refused"),
        ({"met": 0}, "list-unrelated"),
    ],
)
def test_a_doubtful_list_is_no_full_one(wrong, code):
    with pytest.raises(Invalid) as refused:
        check_complete(**GOOD | wrong)
    assert refused.value.errors[0].code == code


def test_a_first_list_meets_nobody():
    check_complete(**GOOD | {"known": 0, "met": 0})


@pytest.mark.parametrize(
    ("known", "count"), [(0, 20), (999, 20), (1000, 20), (1049, 20), (1050, 21), (100_000, 2000)]
)
def test_the_greater_of_20_people_and_2_per_cent(known, count):
    assert most(known) == count
    assert not needs_second({"SL-E": count}, {}, {"SL-E": known}, 0)
    assert needs_second({"SL-E": count + 1}, {}, {"SL-E": known}, 0)


def test_each_region_counts_by_itself():
    assert not needs_second({"SL-E": 20, "SL-N": 20, None: 20}, {}, {}, 0)
    assert needs_second({"SL-E": 20, "SL-N": 21}, {}, {"SL-E": 5000, "SL-N": 900}, 0)
    assert not needs_second({"SL-E": 5}, {"SL-N": 20, None: 20}, {}, 0)


def test_a_rejected_line_leaves_nobody_out_by_itself():
    assert needs_second({"SL-E": 1}, {}, {"SL-E": 5000}, 1)
    assert not needs_second({}, {}, {}, 1)


def test_earlier_lists_of_the_window_count_together():
    assert not needs_second({None: 1}, {None: 19}, {None: 500}, 0)
    assert needs_second({None: 2}, {None: 19}, {None: 500}, 0)


@given(st.integers(0, 5000), st.lists(st.integers(0, 60), max_size=40))
def test_however_many_lists_come_in_a_window_they_deactivate_no_more_than_one_may(known, lists):
    before, bound = 0, most(known)
    for absent in lists:
        absent = min(absent, known - before)
        if absent and not needs_second({"SL-E": absent}, {"SL-E": before}, {"SL-E": known - before}, 0):
            before += absent
    assert before <= bound
