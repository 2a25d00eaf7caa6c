"""The streams of one instance and the headers of its messages: each name once."""

from shared.events.event import Reach

LOCAL, UP, DOWN = (reach.stream for reach in (Reach.LOCAL, Reach.UP, Reach.DOWN))
NATIONAL = "NATIONAL"  # at a hub: what all of its regions published
DEAD_LETTERS = "DLQ"  # what a service could not apply
FEED = "FEED"  # copies of what readers over HTTP may be shown, in one order
WEBHOOKS = "KV_webhooks"  # the key-value bucket of subscriptions, and who of the gateways delivers for each
READERS = "KV_readers"  # the key-value bucket of readers over NATS that the API made
DELIVERIES = "DELIVERIES"  # what became of deliveries to webhooks
SET_ASIDE = "SET_ASIDE"  # which events wait for a receiver of a webhook that refused them
ERASURES = "ERASURES"  # who was erased, for databases that come back from a backup
ADVISORIES = "ADVISORIES"  # what the server itself reports of deliveries
EVENT_ID = "Nats-Msg-Id"  # header: the event's id, by which a stream knows a repeat
# Headers of a dead letter: the durable that could not apply it, why, and where it was.
CONSUMER, REASON, PLACE = "Steward-Consumer", "Steward-Reason", "Steward-Place"


def webhook(kind: str, name: str = "*") -> str:
    """Subject of a key of the bucket of webhooks: a `subscription` or the `lease` of one, or of any."""
    return f"$KV.webhooks.{kind}.{name}"


def deliveries(webhook_id: str = "*") -> str:
    """Subject of what became of the deliveries to one webhook, or to any."""
    return f"webhook.delivery.{webhook_id}"


def set_aside(durable: str = "*", place: int | str = "*") -> str:
    """Subject of what waits for the receiver of a webhook: of its consumer and a place in the feed, or of any."""
    return f"webhook.waiting.{durable}.{place}"


def dead_letters(service: str = "") -> str:
    """Prefix of the subjects on which a service, or any, puts what it could not apply."""
    return f"dlq.{service}" if service else "dlq"
