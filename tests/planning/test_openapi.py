"""The OpenAPI document: every operation has an example in and out, and each example is true to its model."""

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from pydantic import BaseModel

from services.planning.catalogue.api import interventions, plan_limits
from services.planning.follow_ups import api as follow_ups
from services.planning.national import api as national
from services.planning.plans.api import activities, plans

ROUTERS = [module.router for module in (activities, follow_ups, interventions, national, plan_limits, plans)]
ROUTES = [route for router in ROUTERS for route in router.routes if isinstance(route, APIRoute)]


def models():
    """Every model that goes in or out as a body."""
    found = {route.response_model for route in ROUTES}
    found |= {route.body_field.field_info.annotation for route in ROUTES if route.body_field}
    return sorted(found, key=lambda model: model.__name__)


def test_all_operations_are_seen():
    assert len(ROUTES) == 21
    app = FastAPI()
    for router in ROUTERS:
        app.include_router(router)
    operations = [one for path in app.openapi()["paths"].values() for one in path.values()]
    assert len(operations) == 21
    assert all(one["summary"] and one["description"] for one in operations)


@pytest.mark.parametrize("model", models(), ids=lambda model: model.__name__)
def test_examples_are_there_and_true(model: type[BaseModel]):
    examples = model.model_json_schema()["examples"]
    assert examples
    for example in examples:
        shown = model.model_validate(example).model_dump(mode="json", exclude_unset=True)
        assert shown == example


def test_the_example_of_a_plan_is_filled():
    (plan,) = plans.Plan.model_json_schema()["examples"]
    assert len(plan["activities"]) == 2
    assert plan["left_out"]
    assert all(item["reason"]["text"]["fr"] for item in plan["activities"])
