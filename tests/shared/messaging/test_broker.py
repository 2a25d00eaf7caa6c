"""What the log says of a broker that is away: the loss, now and then a line, the return."""

import asyncio
import logging

import pytest

from deploy.local.nats import NatsServer
from deploy.local.processes import free_port
from shared.messaging import broker
from shared.settings import Settings
from shared.telemetry import outage_log
from tests.servers import INSTANCE, PASSWORDS, temporary_folder, wait_for


@pytest.fixture
def said(caplog):
    """What was logged so far, without the reasons."""
    caplog.set_level(logging.WARNING, logger="steward.broker")
    return lambda: [record.getMessage().split(" (")[0] for record in caplog.records]


def test_a_loss_is_said_at_once_and_then_twice_a_minute(said, monkeypatch):
    now = 100.0
    monkeypatch.setattr(outage_log.time, "monotonic", lambda: now)
    away = outage_log.Outage(logging.getLogger("steward.broker"), "it")
    for _ in range(2):
        away.ends()
        for _ in range(100):
            away.goes_on("OSError")
            now += 0.5
        away.ends()
    assert said() == ["it is away", "it is away for 30 s", "it is back after 50.0 s"] * 2


async def test_a_broker_away_at_the_start_and_later(said, monkeypatch):
    server = NatsServer(temporary_folder(), INSTANCE, PASSWORDS, free_port())
    server.start()
    settings = Settings(
        service="planning", nats_url=server.url, nats_user="planning", nats_password=PASSWORDS["planning"]
    )
    server.stop()
    connecting = asyncio.create_task(broker.connect(settings))
    await wait_for(said)
    server.start()
    client = await connecting
    assert [line[:18] for line in said()] == ["the broker is away", "the broker is back"]
    server.stop()
    await wait_for(lambda: len(said()) > 2)
    monkeypatch.setattr(outage_log, "QUIET_SECONDS", 0.1)
    await wait_for(lambda: len(said()) > 3)
    server.start()
    await wait_for(lambda: "is back" in said()[-1])
    await client.close()
    server.stop()
    assert said()[2] == "the broker is away"
    assert "is away for" in said()[3]
    assert not [line for line in said() if not line.startswith("the broker is")]
