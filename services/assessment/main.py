"""Composition of assessment."""

from fastapi import FastAPI

from services.assessment import republish
from services.assessment.carried_results import api as carried_results
from services.assessment.consumers import consumers
from services.assessment.cycles import api as cycles
from services.assessment.cycles.queries import assessed_people
from services.assessment.erasure import commands as erasing
from services.assessment.frameworks.api import frameworks, instruments, regional_profiles, role_profiles
from services.assessment.frameworks.commands import delivered_content
from services.assessment.national import api as national
from services.assessment.raters import api as internal
from services.assessment.ratings import api as responses
from services.assessment.ratings.queries import ask_again
from services.assessment.reliability import api as reliability
from services.assessment.results import api as assessments
from services.assessment.rollups import api as rollups
from services.assessment.rollups.commands import first_releases
from services.assessment.timers import timers
from shared import restored_erasures
from shared.app import build
from shared.audit_reading import api as audit
from shared.federation import epochs
from shared.releases import api as releases
from shared.settings import Settings


def create(settings: Settings | None = None) -> FastAPI:
    """The service; delivered content is in place before the first request."""
    settings = settings or Settings(service="assessment")
    modules = (
        carried_results,
        frameworks,
        instruments,
        role_profiles,
        regional_profiles,
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
        routers=[
            responses.hot,
            responses.bulk_router,
            *(module.router for module in modules),
            releases.router("rollups"),
            audit.router("assessment"),
        ],
        consumers=consumers,
        timers=timers,
        startup=[
            restored_erasures.step(settings, erasing.repeat),
            delivered_content.load,
            first_releases.begin,
            epochs.step(settings, republish.resend(settings)),
        ],
        ask_again=ask_again,
        keeps_individuals=True,
        changed_people=assessed_people,
        settings=settings,
    )
