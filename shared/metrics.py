"""What operators count, in Prometheus's form. No label ever carries a person, unit or code."""

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
OUTBOX_DEPTH = Gauge("steward_outbox_depth", "Events waiting in the outbox.", ["service"])
OUTBOX_AGE = Gauge("steward_outbox_age_seconds", "Age of the oldest waiting event.", ["service"])
CONSUMER_PENDING = Gauge("steward_consumer_pending", "Events not yet applied.", ["service", "consumer"])
CONSUMER_REDELIVERED = Gauge(
    "steward_consumer_redelivered", "Events being delivered again.", ["service", "consumer"]
)
