from fastapi import FastAPI

from services.planning import republish
from services.planning.carried_plans import api as carried_plans
from services.planning.catalogue.api import interventions, plan_limits
from services.planning.catalogue.commands import catalogue
from services.planning.consumers import consumers
from services.planning.erasure import commands as erasing
from services.planning.follow_ups import api as follow_ups
from services.planning.national import api as national
from services.planning.plan_totals.commands import first_plan_releases
from services.planning.plans.api import activities, plans
from services.planning.timers import timers
from shared import restored_erasures
from shared.app import build
from shared.audit_reading import api as audit
from shared.federation import epochs
from shared.releases import api as releases
from shared.settings import Settings


def create(settings: Settings | None = None) -> FastAPI:
    """The service; the delivered catalogue is in place before the first request."""
    settings = settings or Settings(service="planning")
    modules = (interventions, plan_limits, carried_plans, plans, activities, follow_ups, national)
    return build(
        "planning",
        routers=[*(module.router for module in modules), releases.router("plans"), audit.router("planning")],
        consumers=consumers,
        timers=timers,
        startup=[
            restored_erasures.step(settings, erasing.repeat),
            catalogue.load(settings),
            first_plan_releases.begin(settings),
            epochs.step(settings, republish.resend(settings)),
        ],
        keeps_individuals=True,
        settings=settings,
    )
