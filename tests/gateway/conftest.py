"""The gateway before four stand-ins, called by a programme manager."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.data_folder.issuer import Issuer
from services.gateway.forwarding.routes import SERVICES
from services.gateway.main import create
from shared.settings import Settings
from tests.gateway.services import Service, running
from tests.served import Client, serving


@dataclass
class World:
    """The gateway's client and the services behind it."""

    client: Client
    registry: Service
    assessment: Service
    planning: Service
    evaluation: Service


@pytest.fixture
def gateway_settings(issuer: Issuer, jwks_path: Path, tmp_path: Path) -> Settings:
    return Settings(
        service="gateway",
        mode="local",
        nats_url="nats://127.0.0.1:9",
        oidc_issuer=issuer.name,
        oidc_jwks_url=jwks_path.as_uri(),
        subject_pepper="pepper",
        clock_file=tmp_path / "clock",
        issuer_file=jwks_path,
    )


@pytest_asyncio.fixture(loop_scope="function")
async def world(gateway_settings: Settings, token) -> AsyncIterator[World]:
    async with running(*SERVICES) as services:
        urls = {name: service.url for name, service in services.items()}
        app = create(gateway_settings.model_copy(update={"services": urls}))
        async with serving(app) as client:
            yield World(client.using(token("programme-manager", units=("N",))), **services)
