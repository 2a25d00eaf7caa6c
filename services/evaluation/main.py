from fastapi import FastAPI

from services.evaluation.api import answers, definitions, indicators, levels, national, targets
from services.evaluation.commands.definitions import load
from services.evaluation.commands.resending import resend
from services.evaluation.consumers import consumers
from services.evaluation.queries.values import HIDDEN
from services.evaluation.timers import timers
from shared import epochs
from shared.app import build
from shared.settings import Settings


def create(settings: Settings | None = None) -> FastAPI:
    """The ASGI application of evaluation."""
    settings = settings or Settings(service="evaluation")
    return build(
        "evaluation",
        routers=[module.router for module in (answers, levels, indicators, definitions, targets, national)],
        consumers=consumers,
        timers=timers,
        startup=[load(settings), epochs.step(settings, resend(settings))],
        hidden=HIDDEN,
        settings=settings,
    )
