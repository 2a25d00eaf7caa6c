"""A served assessment of a region, and what its hub publishes."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import nats
import pytest_asyncio
from fastapi import FastAPI
from nats.js import JetStreamContext

from deploy.broker.server_settings import ADMIN
from services.assessment.frameworks.commands import instruments
from services.assessment.frameworks.commands.delivered_content import read
from shared.events import envelope
from shared.events.assessment import FrameworkContent, FrameworkProfile, FrameworkPublished
from shared.events.framework import COMPETENCIES
from shared.events.registry import PeopleChanged, UnitsChanged
from tests.assessment import world
from tests.assessment.rated import publish
from tests.federated import Regions
from tests.served import Client, application, serving
from tests.servers import PASSWORDS, wait_for

CODE = "steward-core"
FIRST = datetime(2026, 9, 1, tzinfo=UTC)


def framework(number: int, **changes: Any) -> dict[str, Any]:
    """A version of the core as a hub writes it: a later one has another wording of its first item."""
    content = read("framework.json") | {"version": number} | changes
    content["items"][0]["text"] = {"en": f"VS-B-1 of version {number}", "fr": f"VS-B-1, version {number}"}
    return content


def profile(role_code: str = "ward-manager", target: int = 450, weight: int = 3) -> FrameworkProfile:
    return FrameworkProfile(
        role_code=role_code, level="B", setting="facility", title={"en": "Ward manager"},
        targets=[target] * len(COMPETENCIES), weights=[weight] * len(COMPETENCIES),
    )  # fmt: skip


def published(
    document: dict[str, Any], *profiles: FrameworkProfile, form: int = 1, codes: list[str] | None = None
) -> FrameworkPublished:
    """A version as its hub says it, a day after the one before."""
    return FrameworkPublished(
        framework_code=document["code"],
        framework_version=document["version"],
        languages=document.get("languages", ["en", "fr"]),
        competencies=list(COMPETENCIES),
        item_codes=codes or [item["code"] for item in document["items"]],
        content=FrameworkContent(
            format=form,
            published_at=FIRST + timedelta(days=document["version"]),
            document=document,
            role_profiles=list(profiles),
        ),
    )


@dataclass
class Region:
    """A served assessment below a hub."""

    app: FastAPI
    root: Client
    hub: Regions

    async def outbox(self, fact: str) -> list[dict[str, Any]]:
        """What it publishes of one fact, as it goes out."""
        async with self.app.state.database.transaction() as connection:
            rows = await connection.fetch("select payload from outbox where subject like $1", f"%.{fact}.v1")
        return [envelope.msgspec.json.decode(row["payload"]) for row in rows]

    async def versions(self, code: str = CODE) -> dict[int, str]:
        """The state of each version of a framework."""
        listed = (await self.root.get("/v1/frameworks", params={"code": code})).json["items"]
        return {item["framework_version"]: item["state"] for item in listed}

    async def knows_everybody(self) -> bool:
        """Whether units and people are taken over."""
        async with self.app.state.database.transaction() as connection:
            posts = await connection.fetchval("select count(*) from post")
            units = await connection.fetchval("select count(*) from unit where version > 0")
        return bool((posts, units) == (19, len(world.TREE)))

    async def has(self, number: int, code: str = CODE) -> None:
        """Wait for a published version."""

        async def there() -> bool:
            return (await self.versions(code)).get(number) == "published"

        await wait_for(there)

    async def buried(self, count: int) -> list[str]:
        """Wait for so many dead letters; their reasons."""

        async def found() -> list[str] | None:
            async with self.app.state.database.transaction() as connection:
                rows = await connection.fetch("select reason from poison where buried_at is not null")
            return [row["reason"] for row in rows] if len(rows) == count else None

        return await wait_for(found)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def region(settings, token, nats_url) -> AsyncIterator[Region]:
    """A region with a team at F1; versions 2 and 3 were published while it was away."""
    instruments._known.clear()
    app = application(settings("assessment", federation="region"))
    broker = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    jetstream: JetStreamContext = broker.jetstream()
    hub = Regions(jetstream)
    await hub.publish("hub", published(framework(2), profile(target=300)))
    await hub.publish("hub", published(framework(3), profile()))
    async with serving(app) as client:
        await publish(
            nats_url,
            UnitsChanged(items=[world.unit(code, parent) for code, parent in world.TREE.items()]),
            PeopleChanged(items=world.team("a", "F1", 6)),
        )
        found = Region(app, client.using(token("programme-manager", units=("N",), subject="pm")), hub)
        await wait_for(found.knows_everybody)
        yield found
    await broker.close()
