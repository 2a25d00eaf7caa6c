"""Composition of assessment."""

from fastapi import FastAPI

from services.assessment.api import (
    assessments,
    cycles,
    frameworks,
    instruments,
    reliability,
    responses,
    role_profiles,
    rollups,
)
from services.assessment.commands import content
from services.assessment.consumers import consumers
from services.assessment.timers import timers
from shared.app import build
from shared.settings import Settings


def create(settings: Settings | None = None) -> FastAPI:
    """The service; delivered content is in place before the first request."""
    modules = (frameworks, instruments, role_profiles, cycles, reliability, assessments, responses, rollups)
    return build(
        "assessment",
        routers=[responses.hot, *(module.router for module in modules)],
        consumers=consumers,
        timers=timers,
        startup=[content.load],
        settings=settings,
    )
