"""Who reads which events: the feed asked by insiders, who look for what they may not read.

Everybody asks for the same events of one person; what each is shown is read off the rights, in both moments.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from shared.events.assessment import AssessmentCompleted, CycleOpened, ReRatingUnscored, RollupsPublished
from shared.events.planning import ActivityStarted, PlanAgreed, PlanClosed, PlanProposed
from tests.gateway.events.conftest import Country, copied, everything, shown
from tests.registry.builders import hired, made, unit

pytestmark = pytest.mark.asyncio(loop_scope="module")

COMPLETION = {"completed", "proposed", "superseded"}
PLAN = {"agreed", "started", "abandoned"}


class World:
    """One person with a manager, and what happened about them, by event id."""

    def __init__(self, country: Country) -> None:
        self.country = country
        self.names: dict[str, str] = {}
        self.subject = ""

    async def publish(self, name: str, event: Any, **data: Any) -> None:
        self.names[await self.country.happened(event, **data)] = name

    async def seen(self, *roles: str, units: tuple[str, ...] = (), subject: str = "nobody") -> set[str]:
        """The names of the events that somebody is shown."""
        found, _ = await everything(self.country.reader(*roles, units=units, subject=subject))
        return {self.names[event["id"]] for event in found if event["id"] in self.names}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(country, issuer) -> World:
    world, registry = World(country), country.registry
    ties = {name: {"subjects": [{"iss": issuer.name, "sub": name}]} for name in ("boss", "ama", "peer")}
    _, managing = await hired(registry, "SL-E-1", ties["boss"])
    world.subject, post = await hired(registry, "E1A", ties["ama"], manager_post_id=managing)
    await hired(registry, "E1A", ties["peer"], manager_post_id=managing)
    about = {"person_id": world.subject, "post_id": post, "unit_code": "E1A", "plan_id": "p-1"}
    await world.publish("completed", AssessmentCompleted, assessment_id="a-1", **about)
    await world.publish("unscored", ReRatingUnscored, assessment_id="a-1", outcome="expired", **about)
    await world.publish("proposed", PlanProposed, assessment_id="a-1", **about)
    await world.publish("agreed", PlanAgreed, **about)
    await world.publish("started", ActivityStarted, activity_id="x-1", **about)
    await world.publish("abandoned", PlanClosed, outcome="abandoned", **about)
    await world.publish("superseded", PlanClosed, outcome="superseded", **about)
    await world.publish("opened", CycleOpened, cycle_id="c-1", unit_code="SL-E-1")
    await world.publish("figures", RollupsPublished, items=[{"unit_code": "SL-E-1", "version": 1}])
    await copied(country.broker)
    return world


async def test_an_overseer_of_the_unit_sees_all_that_is_shown(world):
    for role in ("hris", "programme-manager"):
        for units in (("SL",), ("SL-E",), ("SL-E-1",), ("E1A", "SL-E-1")):
            assert await world.seen(role, units=units) == COMPLETION | PLAN | {"opened"}, units
        assert await world.seen(role, units=("E1A",)) == COMPLETION | PLAN


@pytest.mark.parametrize("units", [(), ("SL-N",), ("E1B",), ("NOWHERE",), ("sl",), ("SL%",)])
async def test_nobody_elsewhere_sees_anything_of_the_person(world, units):
    for roles in (("hris",), ("programme-manager",), ("leader",), ("hris", "leader"), ("ops", "hris")):
        assert await world.seen(*roles, units=units) == set(), roles


async def test_neither_the_subject_nor_the_manager_learns_when_the_last_rater_answered(world):
    for roles in (
        ("leader",),
        ("leader", "hris"),
        ("leader", "programme-manager"),
        ("hris", "leader", "ops"),
    ):
        for subject in ("ama", "boss"):
            assert await world.seen(*roles, units=("SL",), subject=subject) & COMPLETION == set(), roles
    assert await world.seen("leader", subject="ama") == PLAN
    assert await world.seen("leader", subject="boss") == PLAN


async def test_a_peer_and_those_without_a_right_see_nothing_of_the_person(world):
    assert await world.seen("leader", subject="peer") == set()
    assert await world.seen("ops", units=("SL",)) == set()
    refused = await world.country.reader("service", units=("SL",)).get("/v1/events")
    assert (refused.status, refused.code) == (403, "role-missing")


async def test_roles_do_not_add_up(world):
    """The subject's own plan by `leader`, the unit by `hris`: neither takes the other's reach."""
    assert await world.seen("leader", "hris", units=("SL-N",), subject="peer") == set()
    assert await world.seen("ops", "hris", units=("SL-N",)) == set()


async def test_a_batch_of_people_shows_each_reader_their_own(world):
    country = world.country
    elsewhere, _ = await hired(country.registry, "SL-N")
    await shown(country, elsewhere)
    for units, sees, not_sees in (
        (("SL-E",), world.subject, elsewhere),
        (("SL-N",), elsewhere, world.subject),
    ):
        found, _ = await everything(country.reader("hris", units=units))
        people = {
            item["person_id"]
            for event in found
            for item in event["data"].get("items", ())
            if "person_id" in item
        }
        assert sees in people, units
        assert not_sees not in people, units


async def test_nothing_private_is_in_what_is_shown(world):
    found, _ = await everything(world.country.gateway)
    text = repr(found)
    for private in ("subject_keys", "recorded_by", "birth_year", "scores", "Kamara", "traceparent", "hr-"):
        assert private not in text, private


async def test_scope_is_judged_as_of_the_event_and_now(world):
    """A facility that moves takes nobody's past along, and leaves no future behind."""
    country = world.country
    await made(country.registry, "/v1/units", unit("MOVED", parent="SL-E-1", level="facility"))
    who, post = await hired(country.registry, "MOVED")
    before = (datetime.now(UTC) - timedelta(days=20)).isoformat()
    old = await country.happened(
        PlanAgreed, time=before, plan_id="p-2", person_id=who, post_id=post, unit_code="MOVED"
    )
    on = datetime.now(UTC).date().isoformat()
    await made(country.registry, "/v1/units/MOVED/move", {"parent": "SL-N", "on": on})
    new = await country.happened(PlanAgreed, plan_id="p-2", person_id=who, post_id=post, unit_code="MOVED")
    await copied(country.broker)
    for units, seen in (
        (("SL-E",), set()),
        (("SL-N",), {new}),
        (("SL",), {old, new}),
        (("SL-E", "SL-N"), {old, new}),
    ):
        found, _ = await everything(country.reader("hris", units=units))
        assert {event["id"] for event in found} & {old, new} == seen, units
