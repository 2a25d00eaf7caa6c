"""Composition of assessment."""

from fastapi import FastAPI

from services.assessment.api import (
    assessments,
    cycles,
    frameworks,
    instruments,
    internal,
    national,
    overlays,
    reliability,
    responses,
    role_profiles,
    rollups,
)
from services.assessment.commands import content, resending
from services.assessment.consumers import consumers
from services.assessment.queries.stored_reports import ask_again
from services.assessment.timers import timers
from shared import epochs
from shared.app import build
from shared.hidden import counted
from shared.settings import Settings

# Nothing is told of them; their units are known all the same.
_HIDDEN = """
select count(*) from rollup left join published_rollup p using (unit_code, period, level)
where rollup.people > 0 and coalesce(p.moved[1], 0) = 0
"""


def create(settings: Settings | None = None) -> FastAPI:
    """The service; delivered content is in place before the first request."""
    settings = settings or Settings(service="assessment")
    modules = (
        frameworks,
        instruments,
        role_profiles,
        overlays,
        cycles,
        reliability,
        assessments,
        responses,
        rollups,
        national,
        internal,
    )
    return build(
        "assessment",
        routers=[responses.hot, responses.bulk_router, *(module.router for module in modules)],
        consumers=consumers,
        timers=timers,
        startup=[content.load, epochs.step(settings, resending.resend(settings))],
        hidden=counted(_HIDDEN),
        ask_again=ask_again,
        settings=settings,
    )
