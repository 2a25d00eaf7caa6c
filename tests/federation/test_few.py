"""What the tapped line is searched for sees figures of a few people in events that go up."""

import json
from datetime import date

import pytest

from shared.events.assessment import Rollup, RollupsPublished
from shared.events.event import Event
from shared.events.planning import PlanFigures, PlanTotal, ToldFigures, TotalsComputed
from shared.events.registry import Headcount, HeadcountsComputed
from shared.messaging import outbox
from tests.federation import privacy
from tests.federation.wire import Message

FIGURES = PlanFigures.__struct_fields__


def headcount(people: int | None, women: int | None) -> Event:
    item = Headcount(unit_code="N", level="B", version=1, people=people, women=women, as_of=date(2026, 11, 2))
    return HeadcountsComputed(items=[item])


def rollup(people: int | None, count: int | None, below: int | None) -> Event:
    item = Rollup(
        unit_code="N", period="2026Q4", level="B", version=1, people=people, counts=[9, count],
        sums=[2700, None if count is None else 300 * count], below=[None, below],
    )  # fmt: skip
    return RollupsPublished(items=[item])


def plans(people: int | None, figures: PlanFigures | None = None, **told: int | None) -> Event:
    item = PlanTotal(
        unit_code="N",
        period="2026Q4",
        version=1,
        people=people,
        figures=figures,
        told=ToldFigures(**told),
    )
    return TotalsComputed(items=[item])


def passing(event: Event) -> Message:
    """As the line shows it."""
    _, _, subject, body = outbox.row((event, "x", 1), None)
    kind = subject.split(".up.")[1]
    body = json.dumps(json.loads(body) | {"instance": "north"}).encode()
    reply = f"$JS.ACK.x@steward.north.up.{kind}"
    return Message(subject=f"_FED.up.north.{kind}", reply=reply, headers=b"", body=body)


@pytest.mark.parametrize(
    "event",
    [
        headcount(None, None), headcount(6, None), headcount(12, 5), headcount(6, 0), headcount(5, 5),
        rollup(None, None, None), rollup(9, 9, None), rollup(12, 11, 6), rollup(9, 9, 9),
        plans(None), plans(9, agreed=9, hours=None), plans(None, hours=37), plans(9, closed=9, completed=9),
    ],
)  # fmt: skip
def test_nobody_or_five_people_pass(event: Event) -> None:
    assert privacy.kind(passing(event), "north") == "up"


@pytest.mark.parametrize(
    ("event", "seen"),
    [
        (headcount(4, None), ["people"]),
        (headcount(6, 1), ["women"]),
        (headcount(6, 5), ["men"]),
        (headcount(3, 1), ["people", "women", "men"]),
        (rollup(3, None, None), ["people"]),
        (rollup(9, 4, None), ["judged"]),
        (rollup(9, 9, 2), ["below"]),
        (rollup(9, 9, 7), ["not below"]),
        (plans(2, agreed=9), ["people"]),
        (plans(9, agreed=9, activities_completed=1), ["activities_completed"]),
        (plans(9, closed=9, completed=8), ["given up"]),
        (plans(9, PlanFigures(**dict.fromkeys(FIGURES, 9))), ["figures of one population"]),
    ],
)  # fmt: skip
def test_figures_of_a_few_are_seen(event: Event, seen: list[str]) -> None:
    assert [found.partition(":")[0] for found in privacy.few(event)] == seen
    with pytest.raises(AssertionError):
        privacy.kind(passing(event), "north")
