"""What it takes that an assessment is scored, and when it was not measured."""

import pytest

from services.assessment.scoring.completion import ended, enough


@pytest.mark.parametrize(
    ("answered", "at_the_close", "when_all_answered"),
    [
        ([], False, False),
        (["self"], False, True),
        (["peer"], False, True),
        (["self", "peer", "report"], False, True),
        (["peer", "peer", "report"], True, True),
        (["self", "peer", "report", "report"], True, True),
        (["peer", "report", "partner"], False, True),
        (["partner", "partner", "partner"], False, True),
        (["manager"], True, True),
        (["manager", "self"], True, True),
    ],
)
def test_at_the_close_it_takes_the_managers_response_or_three_others(
    answered, at_the_close, when_all_answered
):
    responses = [(category, category != "partner") for category in answered]
    assert enough(responses, forced=True) is at_the_close
    assert enough(responses, forced=False) is when_all_answered


def test_raters_who_do_not_count_towards_a_minimum_do_not_make_up_for_the_manager():
    assert not enough([("peer", True), ("peer", True), ("report", False)], forced=True)
    assert enough([("manager", False)], forced=True)


def test_without_one_scored_competency_it_was_not_measured():
    assert ended([None] * 11) == "not-measured"
    assert ended([None] * 10 + [100]) == "completed"
