"""The life of a plan: proposed -> agreed -> active -> closed, and of an activity.

proposed --agree--> agreed --first start--> active --all finished--> closed (completed)
   |                   |                       |
   +----- superseded --+------ given up -------+--> closed (superseded, abandoned)
   |                   |                       |
   +------------ the person left --------------+--> closed (person-left)
   +-- no gap to address: at once -----------------> closed (no-gap)

Every completed assessment of a cycle has its plan row. One without a gap asks for nothing: its plan
is proposed and in the same moment closed, `no-gap`, so it neither waits for ever nor can be agreed.
A plan without activities cannot be agreed either: an empty promise would count in plan coverage (OP-04).
"""

from collections.abc import Iterable

from shared.errors import Conflict

OPEN = ("proposed", "agreed", "active")
FINISHED = ("completed", "cancelled")


def check_agree(state: str, activities: int) -> None:
    """Only a proposed plan with activities can be agreed. Raises Conflict `plan-not-proposed`, `plan-empty`."""
    if state != "proposed":
        raise Conflict("plan-not-proposed", f"The plan is {state}; only a proposed one can be agreed.")
    if not activities:
        raise Conflict("plan-empty", "The plan has no activities; add some, or close it.")


def check_change(state: str) -> None:
    """Only a proposed plan's activities can be rearranged. Raises Conflict `plan-not-proposed`."""
    if state != "proposed":
        raise Conflict("plan-not-proposed", f"The plan is {state}; only a proposed one can be changed.")


def check_close(state: str) -> None:
    """A closed plan stays closed. Raises Conflict `plan-closed`."""
    if state == "closed":
        raise Conflict("plan-closed", "The plan is closed already.")


def check_deliver(state: str) -> None:
    """Activities run in an agreed or active plan. Raises Conflict `plan-not-agreed` or `plan-closed`."""
    if state == "proposed":
        raise Conflict("plan-not-agreed", "The plan is not agreed yet.")
    check_close(state)


def check_activity(state: str, wanted: str) -> None:
    """An activity goes from planned to started to completed; what is not finished can be cancelled.

    Raises Conflict `activity-not-planned`, `activity-not-started` or `activity-finished`.
    """
    if state in FINISHED:
        raise Conflict("activity-finished", f"The activity is {state} already.")
    if wanted == "started" and state != "planned":
        raise Conflict("activity-not-planned", "The activity has started already.")
    if wanted == "completed" and state != "started":
        raise Conflict("activity-not-started", "The activity has not started yet.")


def outcome(activity_states: Iterable[str]) -> str | None:
    """How a plan ends by itself: completed or abandoned when all is finished, None while it is not."""
    states = list(activity_states)
    if not states or any(state not in FINISHED for state in states):
        return None
    return "completed" if "completed" in states else "abandoned"
