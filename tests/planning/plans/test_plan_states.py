"""The rules of plans and activities as tables: what is allowed, and the code of every refusal."""

import pytest

from services.planning.plans import plan_states
from shared.errors import Conflict


def refusal(rule, *arguments):
    """The code that a rule refuses with, None when it allows."""
    try:
        rule(*arguments)
    except Conflict as problem:
        return problem.code
    return None


@pytest.mark.parametrize(
    ("state", "agree", "change", "close", "deliver"),
    [
        ("proposed", None, None, None, "plan-not-agreed"),
        ("agreed", "plan-not-proposed", "plan-not-proposed", None, None),
        ("active", "plan-not-proposed", "plan-not-proposed", None, None),
        ("closed", "plan-not-proposed", "plan-not-proposed", "plan-closed", "plan-closed"),
    ],
)
def test_what_each_state_of_a_plan_allows(state, agree, change, close, deliver):
    found = (
        refusal(plan_states.check_agree, state, 1),
        refusal(plan_states.check_change, state),
        refusal(plan_states.check_close, state),
        refusal(plan_states.check_deliver, state),
    )
    assert found == (agree, change, close, deliver)


def test_an_empty_plan_cannot_be_agreed():
    assert refusal(plan_states.check_agree, "proposed", 0) == "plan-empty"
    assert refusal(plan_states.check_agree, "closed", 0) == "plan-not-proposed"


@pytest.mark.parametrize(
    ("state", "started", "completed", "cancelled"),
    [
        ("planned", None, "activity-not-started", None),
        ("started", "activity-not-planned", None, None),
        ("completed", "activity-finished", "activity-finished", "activity-finished"),
        ("cancelled", "activity-finished", "activity-finished", "activity-finished"),
    ],
)
def test_what_each_state_of_an_activity_allows(state, started, completed, cancelled):
    wanted = ("started", "completed", "cancelled")
    found = tuple(refusal(plan_states.check_activity, state, one) for one in wanted)
    assert found == (started, completed, cancelled)


@pytest.mark.parametrize(
    ("activities", "outcome"),
    [
        ([], None),
        (["planned"], None),
        (["completed", "started"], None),
        (["completed", "cancelled"], "completed"),
        (["completed"], "completed"),
        (["cancelled", "cancelled"], "abandoned"),
    ],
)
def test_how_a_plan_ends_by_itself(activities, outcome):
    assert plan_states.outcome(activities) == outcome
