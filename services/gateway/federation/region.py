"""A region's state for its heartbeat to the hub: its link, its outboxes, what it has of the hub's."""

import asyncio
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib.metadata import version

from nats.aio.client import Client
from nats.js.api import StreamInfo
from prometheus_client.parser import text_string_to_metric_families

from services.gateway.broker import info, message, sequence
from services.gateway.federation import forwarded, publications, waiting
from services.gateway.federation.bridge_routes import up as way_up
from services.gateway.federation.forwarded import Forwarded
from services.gateway.forwarding.routes import SERVICES
from services.gateway.http_client.upstream import Upstream
from services.gateway.views.composition import Part, fetch
from shared.events.event import published
from shared.federation import heartbeat
from shared.federation.heartbeat import Budget, Heartbeat, Outbox
from shared.federation.protocol import IN_LINK, uplink
from shared.messaging.stream_names import DOWN, UP
from shared.settings import Settings

DEADLINE = 2.0
_WAITING, _OLDEST, _SUPPRESSED = (
    "steward_outbox_depth",
    "steward_outbox_age_seconds",
    "steward_cells_suppressed",
)


@cache
def software() -> str:
    """This distribution's version."""
    return version("steward")


async def heartbeat_now(client: Client, upstream: Upstream, settings: Settings) -> Heartbeat:
    """This region now."""
    name, own = uplink(settings.instance, settings.epoch), f"{published(settings.instance, 'up')}.>"
    now = datetime.now(UTC)  # lint: a link lags in real time
    up, out, last, down, held, measured = await asyncio.gather(
        info(client, UP),
        info(client, name, ">", where=IN_LINK),
        message(client, name, where=IN_LINK, last_by_subj=own),
        info(client, DOWN),
        waiting.at(client, way_up(settings.instance, settings.epoch)),
        _measured(upstream),
    )
    reached = sequence(last)
    older = await asyncio.gather(*(_older(client, name, now, age, reached) for age in heartbeat.AGES))
    return Heartbeat(
        at=now,
        epoch=settings.epoch,
        software=software(),
        uplink=reached,
        event=waiting.event(last),
        down=down.state.last_seq if down else 0,
        older=dict(zip(map(str, heartbeat.AGES), older, strict=True)),
        versions=await publications.versions(client, down.state.last_seq if down else 0),
        suppressed_cells=measured[1],
        outboxes=measured[0],
        up_bytes=up.state.bytes if up else 0,
        up_limit=max(0, (up.config.max_bytes if up else 0) or 0),
        foreign=foreign(out, settings.instance),
        budget=budget(settings, forwarded.of(last), held.events),
        held=held,
    )


def foreign(stream: StreamInfo | None, region: str) -> int:
    """Events in a stream that claim to be another instance's."""
    subjects = (stream.state.subjects if stream else None) or {}
    return sum(
        count for subject, count in subjects.items() if not subject.startswith(f"{published(region, 'up')}.")
    )


def budget(settings: Settings, done: Forwarded, held: int) -> Budget | None:
    """What is used of the day's budget while `held` events wait, None where the line is not metered."""
    if not settings.uplink_bytes_per_day:
        return None
    today = datetime.now(UTC).date().isoformat()  # lint: a line is paid by real days
    used = done.used if done.day == today else 0
    return Budget(today, used, settings.uplink_bytes_per_day, held)


async def _older(client: Client, stream: str, now: datetime, age: int, last: int) -> int:
    """The last sequence that is older than `age` seconds."""
    start = (now - timedelta(seconds=age)).isoformat()
    younger = await message(client, stream, where=IN_LINK, start_time=start, next_by_subj=">")
    return sequence(younger) - 1 if younger else last


async def _measured(upstream: Upstream) -> tuple[dict[str, Outbox], int | None]:
    """Outboxes of the services that answer, and how many cells they hide; None where nobody says."""
    parts = [Part(service, service, "/metrics") for service in SERVICES]
    found = await asyncio.gather(*(fetch(upstream, part, [], DEADLINE) for part in parts))
    outboxes, suppressed = dict[str, Outbox](), list[int]()
    for item in found:
        if item.reason is None:
            figures = _figures(item.body.decode())
            outboxes[item.part.name] = Outbox(int(figures.get(_WAITING, 0)), figures.get(_OLDEST, 0.0))
            suppressed += [int(figures[_SUPPRESSED])] if _SUPPRESSED in figures else []
    return outboxes, sum(suppressed) if suppressed else None


def _figures(text: str) -> dict[str, float]:
    return {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        if family.name in {_WAITING, _OLDEST, _SUPPRESSED}
        for sample in family.samples
    }


def hub(down: StreamInfo | None) -> str:
    """The hub's name, as the instance's own DOWN has it; empty where there is no such stream."""
    subjects = (down.config.subjects if down else None) or [".."]
    return subjects[0].split(".")[1]
