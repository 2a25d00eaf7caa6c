"""The streams of the event feed and of webhooks.

The feed has copies of what readers over HTTP may be shown, in one order.
The server copies them by itself out of LOCAL, UP and DOWN. So a feed has one position for all reaches, and who
reads it needs no right to any stream that the services read.
"""

from collections.abc import Iterator

from nats.js.api import DiscardPolicy, StorageType, StreamConfig, StreamSource, SubjectTransform

from shared.events.event import Reach
from shared.events.feed_events import SHOWN
from shared.federation.protocol import api, direct_get
from shared.messaging.stream_names import (
    DELIVERIES,
    FEED,
    SET_ASIDE,
    WEBHOOKS,
    deliveries,
    set_aside,
    webhook,
)

LOGGED = 1000  # deliveries of one webhook


def configured(stream: StreamConfig) -> StreamConfig:
    """`stream` as the one that is filled from the others, and read without a consumer too.

    It has room for all that the others hold in the same time. So it is never full before one of them is, which
    then refuses events: the outbox holds them back, and a feed has no gap.
    """
    return stream.evolve(subjects=None, sources=list(_sources()), allow_direct=True)


def of_webhooks(replicas: int, size: int, age: float) -> list[StreamConfig]:
    """The bucket of subscriptions, as NATS makes key-value buckets, the log of deliveries, and what waits.

    Each has `size` bytes. Of a webhook the newest deliveries are logged; subscriptions are refused when there is
    no room for one more, and so is what would wait. That is of use for the `age` of the feed in seconds: it names
    events there.
    """
    subscriptions = StreamConfig(
        name=WEBHOOKS,
        subjects=[f"$KV.{WEBHOOKS.removeprefix('KV_')}.>"],
        max_msgs_per_subject=1,
        max_age=0,
        allow_rollup_hdrs=True,
        allow_msg_ttl=True,
        deny_delete=True,
        discard=DiscardPolicy.NEW,
    )
    log = StreamConfig(
        name=DELIVERIES,
        subjects=[deliveries()],
        max_msgs_per_subject=LOGGED,
        max_age=30 * 86_400.0,
        discard=DiscardPolicy.OLD,
    )
    waiting = StreamConfig(
        name=SET_ASIDE,
        subjects=[set_aside()],
        max_msgs_per_subject=1,
        max_age=age,
        discard=DiscardPolicy.NEW,
    )
    common = {
        "max_bytes": size,
        "duplicate_window": 3600.0,
        "num_replicas": replicas,
        "allow_direct": True,
        "storage": StorageType.FILE,
    }
    return [each.evolve(**common) for each in (subscriptions, log, waiting)]


def _sources() -> Iterator[StreamSource]:
    for reach in Reach:
        shown = [kind.event.subject("*") for kind in SHOWN.values() if kind.event.reach is reach]
        same = [
            SubjectTransform(subject, subject.replace("*", "{{wildcard(1)}}")) for subject in sorted(shown)
        ]
        yield StreamSource(name=reach.stream, subject_transforms=same)


def asked_by_gateway() -> Iterator[str]:
    """What the gateway asks of these streams: to read them, and to make and read the consumers of webhooks.

    It may do so with consumers of FEED alone, which no service reads: those of services it can neither change nor
    read by (decision 23). What waits for receivers is its own: it removes what was taken.
    """
    for stream in (FEED, WEBHOOKS, DELIVERIES, SET_ASIDE):
        yield from (f"{direct_get()}.{stream}", f"{direct_get()}.{stream}.>")
    for action in ("CREATE", "DELETE", "INFO", "MSG.NEXT"):
        yield f"{api()}.CONSUMER.{action}.{FEED}.>"
    yield from (f"$JS.ACK.{FEED}.>", webhook("subscription"), webhook("lease"), deliveries())
    yield from (set_aside(), f"{api()}.STREAM.PURGE.{SET_ASIDE}")
