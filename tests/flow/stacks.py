"""The whole stack as real processes, restarted by its supervisor, and the counts that faults must not change."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import asyncpg

from deploy.data_folder.contents import remove
from deploy.data_folder.settings import LocalSettings
from deploy.demo import registering, rounds
from deploy.demo.api import Api
from deploy.demo.mandoria import ROOT
from deploy.demo.run import Run
from deploy.local.processes import free_port
from deploy.local.stack import Stack
from deploy.local.supervisor import Supervisor
from deploy.services import consumers_of, owners
from tests.connections import Connections
from tests.servers import temporary_folder


class TestedStack(Stack):
    """A stack whose spans go to `otlp_endpoint` where one is given."""

    __test__ = False
    otlp_endpoint: str | None = None

    def environment(self, service: str) -> dict[str, str]:
        known = super().environment(service)
        return known | ({"STEWARD_OTLP_ENDPOINT": self.otlp_endpoint} if self.otlp_endpoint else {})


class Flow:
    """A running stack with a registered country, and what a test does to it."""

    def __init__(self, stack: TestedStack, run: Run, supervisor: Supervisor) -> None:
        self.stack = stack
        self.run = run
        self.api = run.api
        self.supervisor = supervisor
        self.connections = Connections()

    async def rows(self, service: str, statement: str, *values: object) -> list[asyncpg.Record]:
        """Rows of a service's own database, read as itself."""
        return await self.connections.fetch(self.stack.database_url(service), statement, *values)

    async def ids(self, service: str, statement: str, *values: object) -> list[str]:
        """First column of `rows`, as text, repeats kept."""
        return [str(row[0]) for row in await self.rows(service, statement, *values)]

    async def every_event_arrived_once(self, dead_letters: int = 0) -> int:
        """Each published event is in the inbox of every service that reads it; returns how many deliveries."""
        await rounds.settled(self.api, dead_letters=dead_letters)
        deliveries = 0
        for service in owners():
            for item in consumers_of(service).running(hub=False):
                subject = item.event.subject(self.stack.settings.instance)
                sent = await self.ids(
                    item.event.service, "select event_id from outbox where subject = $1", subject
                )
                heard = await self.ids(
                    service, "select event_id from inbox where consumer = $1", item.durable
                )
                assert sorted(sent) == sorted(heard), f"{item.durable}: {len(sent)} sent, {len(heard)} heard"
                deliveries += len(heard)
            unsent = await self.ids(service, "select event_id from outbox where sent_at is null")
            assert unsent == []
        return deliveries

    async def counts_agree(self, cycle_id: str) -> int:
        """By id: completed = planned = evaluated = counted in roll-ups; returns how many of the cycle."""
        done = "select assessment_id from assessment where state = 'completed' and cycle_id = $1::uuid"
        completed = await self.ids("assessment", done, cycle_id)
        planned = set(await self.ids("planning", "select assessment_id from plan"))
        evaluated = set(await self.ids("evaluation", "select assessment_id from assessment"))
        assert len(completed) == len(set(completed))
        assert set(completed) <= planned
        assert set(completed) <= evaluated
        assert len(planned) == len(await self.ids("planning", "select plan_id from plan"))
        return len(completed)


def unforeseen(folder: Path) -> str:
    """Lines about errors that nobody foresaw, in the logs of a stack whose folder goes at its end."""
    lines = [line for log in folder.glob("logs/*.log") for line in log.read_text().splitlines()]
    return "\n".join(line for line in lines if "unforeseen" in line)


@asynccontextmanager
async def running(otlp_endpoint: str | None = None, *, trace_ratio: float = 1.0) -> AsyncIterator[Flow]:
    """A fresh stack under its supervisor with about 500 people registered, until the block ends."""
    folder: Path = temporary_folder()
    base = free_port()
    settings = LocalSettings(
        folder=folder,
        gateway_port=base,
        postgres_port=free_port(),
        nats_port=free_port(),
        traces_port=free_port(),
        metrics_port=free_port(),
        trace_ratio=trace_ratio,
    )
    stack = TestedStack(settings, say=lambda _: None)
    stack.otlp_endpoint = otlp_endpoint
    stack.lock()
    try:
        await stack.start()
        children = {"postgres": stack.postgres, "nats": stack.nats, **stack.services}
        supervisor = Supervisor(children, lambda _: None, stack.threads)
        watching = asyncio.create_task(supervisor.watch())
        try:
            async with Api(stack.gateway_url, stack.token, units=(ROOT,)) as api:
                run = await registering.register(api, registering.made_up(), lambda _: None)
                flow = Flow(stack, run, supervisor)
                try:
                    yield flow
                finally:
                    flow.connections.end()
        finally:
            sys.stderr.write(unforeseen(folder))
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
    finally:
        await asyncio.to_thread(stack.stop)
        remove(folder)
