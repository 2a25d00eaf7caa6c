from fastapi import FastAPI

from services.registry.api import closures, imports, internal, national, people, posts, roles, units
from services.registry.commands import headcounts
from services.registry.commands.roles import seed_roles
from services.registry.consumers import consumers
from services.registry.queries.access import ask_again
from services.registry.timers import timers
from shared import epochs, hidden, totals
from shared.app import build
from shared.settings import Settings


def create(settings: Settings | None = None) -> FastAPI:
    """The registry as an ASGI application; settings from the environment when None."""
    settings = settings or Settings(service="registry")
    modules = (units, closures, people, posts, roles, imports, internal, national)
    return build(
        "registry",
        routers=[module.router for module in modules],
        consumers=consumers,
        timers=timers,
        startup=[
            seed_roles,
            totals.watch(settings, headcounts.EVERYONE),
            epochs.step(settings, headcounts.resend),
        ],
        hidden=hidden.totals,
        ask_again=ask_again,
        settings=settings,
    )
