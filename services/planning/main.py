from fastapi import FastAPI

from services.planning.api import activities, follow_ups, interventions, national, plan_limits, plans
from services.planning.commands import catalogue, plan_totals, resending
from services.planning.consumers import consumers
from services.planning.timers import timers
from shared import epochs, totals
from shared.app import build
from shared.settings import Settings


def create(settings: Settings | None = None) -> FastAPI:
    """The service; the delivered catalogue is in place before the first request."""
    settings = settings or Settings(service="planning")
    modules = (interventions, plan_limits, plans, activities, follow_ups, national)
    return build(
        "planning",
        routers=[module.router for module in modules],
        consumers=consumers,
        timers=timers,
        startup=[
            catalogue.load(settings),
            totals.watch(settings, plan_totals.EVERYONE),
            epochs.step(settings, resending.resend(settings)),
        ],
        hidden=plan_totals.suppressed,
        settings=settings,
    )
