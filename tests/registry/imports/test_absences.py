"""When a full list deactivates by itself, by rule alone."""

import pytest

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
    assert not needs_second({"SL-E": count}, {"SL-E": known}, 0)
    assert needs_second({"SL-E": count + 1}, {"SL-E": known}, 0)


def test_each_region_counts_by_itself():
    assert not needs_second({"SL-E": 20, "SL-N": 20, None: 20}, {}, 0)
    assert needs_second({"SL-E": 20, "SL-N": 21}, {"SL-E": 5000, "SL-N": 900}, 0)


def test_a_rejected_line_leaves_nobody_out_by_itself():
    assert needs_second({"SL-E": 1}, {"SL-E": 5000}, 1)
    assert not needs_second({}, {}, 1)
