"""Composition of the registry."""

from fastapi import FastAPI

from services.registry.api import closures, imports, internal, people, posts, roles, units
from services.registry.commands.roles import seed_roles
from services.registry.timers import timers
from shared.app import build
from shared.settings import Settings


def create(settings: Settings | None = None) -> FastAPI:
    """The registry as an ASGI application; settings from the environment when None."""
    routers = [each.router for each in (units, closures, people, posts, roles, imports, internal)]
    return build("registry", routers=routers, timers=timers, startup=[seed_roles], settings=settings)
