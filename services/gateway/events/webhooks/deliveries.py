"""Who delivers: each webhook by one of the replicas, as long as its subscription stands."""

import asyncio
import logging
import time
from uuid import uuid4

from services.gateway.broker import Broker
from services.gateway.events.webhooks.attempts import Tools, send
from services.gateway.events.webhooks.lease import Leases
from services.gateway.events.webhooks.records import ATTEMPTS, Found, State, Subscription, Subscriptions
from services.gateway.events.webhooks.worker import Worker
from shared.errors import PreconditionFailed, Problem
from shared.tasks import end

log = logging.getLogger("steward.gateway")

LOOK = 2.0  # seconds between two looks at the subscriptions
RUNS_BY = ("url", "types", "secrets", "generation", "owner", "state")  # what a worker must begin again for
WARNINGS = 3  # attempts to warn an owner


class Deliveries:
    """Runs a worker for each webhook that this process has the lease of."""

    def __init__(
        self, broker: Broker, subscriptions: Subscriptions, tools: Tools, leases: Leases, look: float = LOOK
    ) -> None:
        self._broker = broker
        self._subscriptions = subscriptions
        self._tools = tools
        self._leases = leases
        self._look = look
        self._running: dict[str, tuple[Subscription, asyncio.Task[None]]] = {}

    async def run(self) -> None:
        """Look again and again, until cancelled; then others may take over at once."""
        await self._tools.receivers.start()
        try:
            while True:
                try:
                    await self._arrange()
                except Problem:
                    await self._drop_expired()
                await asyncio.sleep(self._look)
        finally:
            try:
                await self._leave()
            finally:
                await self._tools.receivers.close()

    async def _leave(self) -> None:
        """End all deliveries; other processes may take over at once."""
        await end([task for _, task in self._running.values()])
        for webhook_id in self._running:
            try:
                await self._leases.release(webhook_id)
            except Problem:
                return  # they end by themselves

    async def _arrange(self) -> None:
        """Begin, end and begin again what the subscriptions ask for. Raises Unavailable `broker-away`."""
        now = time.time()  # lint: leases and subscriptions end in real time
        found = {each.subscription.id: each.subscription for each in await self._subscriptions.every()}
        for webhook_id, (known, task) in list(self._running.items()):
            wanted = found.get(webhook_id)
            delivers = wanted is not None and wanted.delivers(now) and _alike(known, wanted)
            if task.done() or not delivers or not await self._leases.hold(webhook_id):
                await self._stop(webhook_id)
        for webhook_id, subscription in found.items():
            may = webhook_id not in self._running and subscription.delivers(now)
            if may and await self._leases.hold(webhook_id):
                worker = Worker(self._broker.client, subscription, self._tools, self)
                self._running[webhook_id] = (subscription, asyncio.create_task(worker.run()))

    async def _drop_expired(self) -> None:
        for webhook_id in list(self._running):
            if self._leases.expired(webhook_id):
                await self._stop(webhook_id)

    async def _stop(self, webhook_id: str) -> None:
        _, task = self._running.pop(webhook_id)
        if task.done() and not task.cancelled() and (failure := task.exception()) is not None:
            log.warning("deliveries of webhook %s broke off (%s)", webhook_id, type(failure).__name__)
        await end([task])
        await self._leases.release(webhook_id)

    async def taken(self, subscription: Subscription) -> None:
        """The receiver took an event: it does not fail any more."""
        known, _ = self._running.get(subscription.id, (subscription, None))
        if known.failing_since is not None:
            await self._change(subscription.id, failing_since=None, warned_at=None)

    async def failed(self, subscription: Subscription) -> None:
        """It did not: since when, and what follows from that."""
        known = await self._subscriptions.one(subscription.id)
        if known is None or known.subscription.state is not State.ACTIVE:
            return
        schedule, now, known_now = self._tools.schedule, time.time(), known.subscription  # lint: as above
        if known_now.failing_since is None:
            await self._change(subscription.id, failing_since=now)
        elif known_now.warned_at is None and now - known_now.failing_since > schedule.warn_after:
            await self._warn(known, now)
        elif now - known_now.failing_since > schedule.give_up_after:
            await self._change(subscription.id, state=State.DISABLED, reason="failing")

    async def gone(self, subscription: Subscription) -> None:
        """The receiver wants no more."""
        await self._change(subscription.id, state=State.DISABLED, reason="gone")

    async def _warn(self, found: Found, now: float) -> None:
        """Warn the owner another way than by the webhook, and operators by the log; once, whoever sees it fail."""
        try:
            subscription = (await self._subscriptions.change(found, warned_at=now)).subscription
        except PreconditionFailed:
            return
        since = subscription.failing_since or now
        log.warning("webhook %s has failed for %d s", subscription.id, now - since)
        about: dict[str, object] = {"failing_since": int(subscription.failing_since or 0)}
        await self._tell(subscription, "webhook-failing", about)

    async def held_up(self, subscription: Subscription) -> None:
        """The receiver refuses so many events that no others come: the owner is warned, once."""
        found = await self._subscriptions.one(subscription.id)
        if found is None or found.subscription.held_up_since is not None:
            return
        now = time.time()  # lint: as above
        try:
            known = (await self._subscriptions.change(found, held_up_since=now)).subscription
        except PreconditionFailed:
            return  # it is told again, until it is stored
        log.warning("webhook %s refuses so many events that no others are delivered", known.id)
        await self._tell(known, "webhook-held-up", {"held_up_since": int(now)})

    async def goes_on(self, subscription: Subscription) -> None:
        """There is room for others again."""
        await self._change(subscription.id, held_up_since=None)

    async def _tell(self, subscription: Subscription, kind: str, about: dict[str, object]) -> None:
        """Send a notice to the owner's other address, where there is one."""
        if subscription.warning_url is None:
            return
        event = notice(kind, subscription.id, {"webhook_id": subscription.id} | about)
        for _ in range(WARNINGS):
            if (await send(self._tools, subscription, event, subscription.warning_url)).taken:
                return
            await asyncio.sleep(self._tools.schedule.first)
        log.warning("the owner of webhook %s could not be warned", subscription.id)

    async def _change(self, webhook_id: str, **values: object) -> None:
        for _ in range(ATTEMPTS):
            found = await self._subscriptions.one(webhook_id)
            if found is None:
                return
            try:
                changed = await self._subscriptions.change(found, **values)
            except PreconditionFailed:
                continue
            if webhook_id in self._running:
                _, task = self._running[webhook_id]
                self._running[webhook_id] = (changed.subscription, task)
            return


def notice(kind: str, webhook_id: str, data: dict[str, object]) -> dict[str, object]:
    """An event about a webhook itself, of type `steward.gateway.<kind>.v1`."""
    moment = time.strftime(
        "%Y-%m-%dT%H:%M:%SZ", time.gmtime()
    )  # lint: receivers compare it with their clocks
    return {
        "specversion": "1.0",
        "id": str(uuid4()),
        "type": f"steward.gateway.{kind}.v1",
        "source": "/steward/gateway",
        "subject": webhook_id,
        "time": moment,
        "datacontenttype": "application/json",
        "data": data,
    }


def _alike(known: Subscription, wanted: Subscription) -> bool:
    return all(getattr(known, name) == getattr(wanted, name) for name in RUNS_BY)
