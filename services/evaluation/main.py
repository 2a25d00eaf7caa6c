"""Evaluation, composed."""

from fastapi import FastAPI

from services.evaluation.api import answers, indicators, levels
from services.evaluation.consumers import consumers
from services.evaluation.timers import timers
from shared.app import build
from shared.settings import Settings


def create(settings: Settings | None = None) -> FastAPI:
    """The ASGI application of evaluation."""
    return build(
        "evaluation",
        routers=[answers.router, levels.router, indicators.router],
        consumers=consumers,
        timers=timers,
        settings=settings,
    )
