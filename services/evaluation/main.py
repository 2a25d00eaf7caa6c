from fastapi import FastAPI

from services.evaluation.catalogue.api import catalogue, definitions
from services.evaluation.catalogue.commands import load
from services.evaluation.consumers import consumers
from services.evaluation.erasure import commands as erasing
from services.evaluation.indicators import api as indicators
from services.evaluation.indicators.commands import first_indicator_releases
from services.evaluation.intake import api as answers
from services.evaluation.kirkpatrick import api as levels
from services.evaluation.national import api as national
from services.evaluation.republish import resend
from services.evaluation.targets import api as targets
from services.evaluation.timers import timers
from shared import restored_erasures
from shared.app import build
from shared.audit_reading import api as audit
from shared.federation import epochs
from shared.releases import api as releases
from shared.settings import Settings


def create(settings: Settings | None = None) -> FastAPI:
    """The ASGI application of evaluation."""
    settings = settings or Settings(service="evaluation")
    modules = (answers, levels, catalogue, indicators, definitions, targets, national)
    return build(
        "evaluation",
        routers=[
            *(module.router for module in modules),
            releases.router("indicators"),
            audit.router("evaluation"),
        ],
        consumers=consumers,
        timers=timers,
        startup=[
            restored_erasures.step(settings, erasing.repeat),
            load(settings),
            first_indicator_releases.begin,
            epochs.step(settings, resend(settings)),
        ],
        keeps_individuals=True,
        settings=settings,
    )
