"""What operators count, in Prometheus's form. No label ever carries a person, unit or code."""

from collections.abc import Iterable

from prometheus_client import Counter, Gauge, Histogram

REQUESTS = Histogram(
    "steward_http_seconds",
    "Time from the first byte of a request to the last of its response.",
    ["service", "method", "route", "status"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
EVENTS_PUBLISHED = Counter("steward_events_published", "Events acknowledged by the broker.", ["service"])
RELAY_REFUSED = Counter(
    "steward_events_refused", "Events refused by the broker; their aggregate waits.", ["service"]
)
EVENTS_CONSUMED = Counter(
    "steward_events_consumed", "Events applied, repeats not counted.", ["service", "consumer"]
)
EVENTS_REPEATED = Counter(
    "steward_events_repeated", "Events received again and skipped.", ["service", "consumer"]
)
EVENTS_FAILED = Counter(
    "steward_events_failed", "Failed attempts to apply an event.", ["service", "consumer"]
)
DEAD_LETTERS = Counter(
    "steward_dead_letters", "Events given up and sent to the dead-letter stream.", ["service"]
)
DEAD_LETTERS_WAITING = Gauge(
    "steward_dead_letters_waiting", "Events given up that are neither applied nor dropped since.", ["service"]
)
OUTBOX_DEPTH = Gauge("steward_outbox_depth", "Events waiting in the outbox.", ["service"])
OUTBOX_AGE = Gauge("steward_outbox_age_seconds", "Age of the oldest waiting event.", ["service"])
CONSUMER_PENDING = Gauge("steward_consumer_pending", "Events not yet applied.", ["service", "consumer"])
CONSUMER_REDELIVERED = Gauge(
    "steward_consumer_redelivered", "Events being delivered again.", ["service", "consumer"]
)
POOL_USED = Gauge("steward_pool_used", "Database connections in use.", ["service", "pool"])
POOL_LIMIT = Gauge(
    "steward_pool_limit", "Database connections that can be in use at once.", ["service", "pool"]
)
CELLS_SUPPRESSED = Gauge(
    "steward_cells_suppressed",
    "Published cells of which a figure is withheld since, too few people.",
    ["service"],
)
PUBLICATIONS_REFUSED = Counter(
    "steward_publications_refused",
    "Publications of a hub that differ from what is held under the same number, and were not taken.",
    ["service"],
)

# Of the event feed, asked of the gateway alone.
FEED_LAG = Gauge("steward_feed_lag_events", "Events that the feed has not copied yet.", ["service"])
WEBHOOKS = Gauge(
    "steward_webhooks",
    "Webhooks by how it goes: active, failing, paused, disabled, unconfirmed.",
    ["service", "state"],
)

# At a hub of each member region, at a region of itself; asked of the gateway alone.
FEDERATION_LAST_SEEN = Gauge(
    "steward_federation_last_seen_seconds",
    "When a region was last heard, 0 for never (Unix time).",
    ["region"],
)
FEDERATION_LAG = Gauge("steward_federation_lag_seconds", "How far behind a region the hub is.", ["region"])
FEDERATION_LAG_EVENTS = Gauge(
    "steward_federation_lag_events", "Events of a region that have not arrived.", ["region"]
)
FEDERATION_UNAPPLIED = Gauge(
    "steward_federation_unapplied_events", "Arrived events that services have yet to apply.", ["region"]
)
FEDERATION_REFUSED = Gauge(
    "steward_federation_refused_events", "Events refused as another region's, or given up.", ["region"]
)
FEDERATION_OUTBOX_AGE = Gauge(
    "steward_federation_outbox_age_seconds", "Age of a region's oldest event that is held back.", ["region"]
)
FEDERATION_UP_FILLED = Gauge(
    "steward_federation_up_filled_ratio", "Used part of a region's stream UP.", ["region"]
)
FEDERATION_HELD = Gauge(
    "steward_federation_held_events", "Events that wait for the next day's byte budget.", ["region"]
)
FEDERATION_SUPPRESSED = Gauge(
    "steward_federation_suppressed_cells",
    "Published cells of which a region withholds a figure since, too few people.",
    ["region"],
)

# At a region alone.
FEDERATION_LINK_UP = Gauge(
    "steward_federation_link_up", "At a region: 1 while its hub is heard over the link, else 0.", ["region"]
)
FEDERATION_HUB_HEARD = Gauge(
    "steward_federation_hub_heard_seconds", "At a region: how long ago its hub was heard.", ["region"]
)
FEDERATION_WAITING = Gauge(
    "steward_federation_waiting_events", "At a region: events that its hub has not got.", ["region"]
)


def begin(service: str, consumers: Iterable[str] = ()) -> None:
    """Let the counters of `service` and of each of its `consumers` (durables) begin at 0.

    An alarm looks for a rise. A series that begins with its first failure, at 1, shows none: that failure
    raised no alarm, and it may be the only one.
    """
    for counter in (EVENTS_PUBLISHED, RELAY_REFUSED, DEAD_LETTERS, PUBLICATIONS_REFUSED):
        counter.labels(service)
    for consumer in consumers:
        for counter in (EVENTS_CONSUMED, EVENTS_REPEATED, EVENTS_FAILED):
            counter.labels(service, consumer)
