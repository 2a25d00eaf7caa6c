"""What the routes of events and the deliveries need, put together once for an application."""

from collections.abc import Coroutine, Iterator
from typing import Any

from starlette.datastructures import State

from services.gateway.events.cursors import Cursors
from services.gateway.events.feed import Feed
from services.gateway.events.live import Live
from services.gateway.events.visibility import Visibility
from services.gateway.events.webhooks.addresses import networks
from services.gateway.events.webhooks.attempts import Tools
from services.gateway.events.webhooks.deliveries import Deliveries
from services.gateway.events.webhooks.desk import Desk
from services.gateway.events.webhooks.lease import Leases
from services.gateway.events.webhooks.receivers import Receivers
from services.gateway.events.webhooks.records import Subscriptions
from services.gateway.events.webhooks.retries import Schedule
from services.gateway.events.webhooks.signing import Secrets
from shared.settings import Settings


def install(state: State, settings: Settings, schedule: Schedule | None = None) -> None:
    """Put into an application's `state`, which has broker and upstream, what events need."""
    broker, pepper = state.broker, settings.subject_pepper
    state.visibility = visibility = Visibility(state.upstream, pepper)
    state.cursors = Cursors(pepper)
    state.feed = Feed(broker, visibility)
    state.live_events = Live(state.feed, broker)
    receivers, secrets = Receivers(networks(settings.webhook_networks)), Secrets(pepper)
    tools, subscriptions = (
        Tools(visibility, receivers, secrets, schedule or Schedule()),
        Subscriptions(broker),
    )
    state.subscriptions = subscriptions
    state.webhook_desk = Desk(broker, subscriptions, tools)
    state.deliveries = Deliveries(broker, subscriptions, tools, Leases(broker))


def works(state: State) -> Iterator[Coroutine[Any, Any, None]]:
    """Everything about events that runs until it is cancelled."""
    yield state.live_events.watch()
    yield state.deliveries.run()
