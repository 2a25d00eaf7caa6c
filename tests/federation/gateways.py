"""Gateways of a hub and its regions, served in this process on linked servers, with services that only answer."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from deploy.data_folder.issuer import Issuer
from services.gateway.forwarding.routes import SERVICES
from services.gateway.main import create
from shared.settings import Settings
from tests.federation.links import PASSWORDS, Place
from tests.gateway.services import Service, running
from tests.served import Client, serving

METRICS = """
steward_outbox_depth{service="registry"} 2.0
steward_outbox_age_seconds{service="registry"} 7.5
steward_cells_suppressed{service="registry"} 3.0
"""


def settings_of(place: Place, issuer: Issuer, jwks: str, **changes: Any) -> Settings:
    """What a gateway of this place starts with."""
    role = "hub" if place.name == "hub" else "region"
    given = {"instance": place.name, "federation": role, "nats_url": place.server.url, **changes}
    return Settings(
        service="gateway", mode="local", nats_user="gateway", nats_password=PASSWORDS["gateway"],
        oidc_issuer=issuer.name, oidc_jwks_url=jwks, subject_pepper="pepper", **given,
    )  # fmt: skip


@asynccontextmanager
async def gateway(settings: Settings) -> AsyncIterator[tuple[Client, dict[str, Service]]]:
    """The gateway with stand-ins behind it, whose metrics say that registry's outbox holds two events."""
    async with running(*SERVICES) as services:
        for service in services.values():
            service.answer("/metrics", _metrics)
        urls = {name: service.url for name, service in services.items()}
        async with serving(create(settings.model_copy(update={"services": urls}))) as client:
            yield client, services


async def _metrics(_: Any) -> Any:
    from aiohttp import web

    return web.Response(text=METRICS)
