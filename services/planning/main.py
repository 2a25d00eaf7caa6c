"""Composition of planning."""

from fastapi import FastAPI

from services.planning.api import activities, follow_ups, interventions, plan_limits, plans
from services.planning.commands import catalogue
from services.planning.consumers import consumers
from services.planning.timers import timers
from shared.app import build
from shared.settings import Settings


def create(settings: Settings | None = None) -> FastAPI:
    """The service; the delivered catalogue is in place before the first request."""
    modules = (interventions, plan_limits, plans, activities, follow_ups)
    return build(
        "planning",
        routers=[module.router for module in modules],
        consumers=consumers,
        timers=timers,
        startup=[catalogue.load],
        settings=settings,
    )
