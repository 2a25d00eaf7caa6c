"""A hub that is restored from a backup says its definitions of indicators again, under its new epoch."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest_asyncio

from services.evaluation.catalogue.queries import delivered
from tests.federated import AS_ADMIN, regions_of_hub
from tests.served import application, serving

Sent = list[tuple[int, int | None, dict[str, int]]]  # by event: epoch, version of all, versions by code
Start = Callable[[int], AbstractAsyncContextManager[Any]]


@pytest_asyncio.fixture
async def started(settings, nats_url) -> AsyncIterator[Start]:
    """The hub's evaluation, as it starts in an epoch, on one database."""

    @asynccontextmanager
    async def start(epoch: int) -> AsyncIterator[Any]:
        app = application(settings("evaluation", federation="hub", epoch=epoch, **AS_ADMIN))
        async with serving(app):
            yield app

    async with regions_of_hub(nats_url, "evaluation"):
        yield start


async def said(app: Any) -> Sent:
    """What was published of definitions, in order."""
    statement = "select payload from outbox where subject like '%.indicators-published.v1' order by id"
    async with app.state.database.transaction() as connection:
        events = [json.loads(row["payload"]) for row in await connection.fetch(statement)]
    return [
        (
            event["epoch"],
            event["data"]["indicators_version"],
            {item["code"]: item["version"] for item in event["data"]["items"]},
        )
        for event in events
    ]


async def test_definitions_are_said_once_an_epoch(started: Start):
    versions = {code: content["version"] for code, content in delivered().items()}
    once = (sum(versions.values()), versions)
    for epoch, wanted in ((1, [(1, *once)]), (1, [(1, *once)]), (2, [(1, *once), (2, *once)])):
        async with started(epoch) as app:
            assert await said(app) == wanted
