"""Evaluation, composed."""

from fastapi import FastAPI

from services.evaluation.api import answers, indicators, levels, national
from services.evaluation.commands import publishing
from services.evaluation.consumers import consumers
from services.evaluation.timers import timers
from shared import epochs
from shared.app import build
from shared.settings import Settings


def create(settings: Settings | None = None) -> FastAPI:
    """The ASGI application of evaluation."""
    settings = settings or Settings(service="evaluation")
    return build(
        "evaluation",
        routers=[answers.router, levels.router, indicators.router, national.router],
        consumers=consumers,
        timers=timers,
        startup=[epochs.step(settings, publishing.resend)],
        settings=settings,
    )
