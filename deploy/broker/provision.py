"""Streams and durable consumers, made and kept up to date in one place.

Services only bind to them: a stream declared by the service that starts first can overwrite its settings, and
an existing durable ignores changed ones. So everything is added or updated here.
"""

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import nats
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DeliverPolicy,
    DiscardPolicy,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.errors import NotFoundError

from deploy.broker import erasure_ledger, external_readers, feed_stream, made_readers
from deploy.services import consumers_of
from shared.events.event import Reach, published
from shared.messaging.stream_names import (
    ADVISORIES,
    DEAD_LETTERS,
    DOWN,
    ERASURES,
    FEED,
    LOCAL,
    NATIONAL,
    UP,
    dead_letters,
)
from shared.messaging.subscriptions import Durable

log = logging.getLogger("steward.provision")
DAY = 86_400.0
GIB = 1024**3
STORAGE = 8 * GIB  # what the streams of one instance may fill, and the feed's copies as much again
FEED_AGE = 90 * DAY  # how long a reader of the feed may be away
DIRECT = {DEAD_LETTERS, UP, DOWN}  # read without a consumer: dead letters one by one, the others for the link
DUPLICATE_WINDOW = 3600.0  # longer than any time between a publish and its mark in the outbox
OF_OTHERS = {NATIONAL, DOWN}  # events of other instances, which a backup of this one may lack
EPOCH, NEVER = "steward-epoch", 1 << 31  # in a durable's metadata
ACK_WAIT = 30.0
MAX_ACK_PENDING = 2000
EPOCH_NUMBERS = 1_000_000_000  # numbers that DOWN has in one epoch of its hub; it has a few thousand messages


@dataclass(frozen=True)
class Links:
    """What a federation adds to an instance; as it is by default, that there is none.

    `own` makes the instance's streams those of a member. `ends` are the streams in the accounts where its links
    end, by the prefix under which they are asked for.
    """

    is_hub: bool = False
    epoch: int = 1
    own: Callable[[Sequence[StreamConfig]], Sequence[StreamConfig]] = list
    ends: Mapping[str, Sequence[StreamConfig]] = field(default_factory=dict)


ALONE = Links()


def streams(replicas: int = 1, storage: int = STORAGE, instance: str = "*") -> list[StreamConfig]:
    """Every stream of one instance alone, `storage` bytes in all, and as much again for the feed's copies.

    UP outlasts the longest outage of the hub and refuses new events when full, so that the outbox
    holds them back and none is lost; DOWN keeps what is published for all for good.
    """
    advisory = "$JS.EVENT.ADVISORY.CONSUMER"
    return [
        _stream(LOCAL, [f"{published(instance, Reach.LOCAL)}.>"], FEED_AGE, storage * 6 // 10, replicas),
        _stream(UP, [f"{published(instance, Reach.UP)}.>"], 180 * DAY, storage // 4, replicas),
        _stream(DOWN, [f"{published(instance, Reach.DOWN)}.>"], 0, storage // 20, replicas),
        *feed_stream.of_webhooks(replicas, storage // 40, FEED_AGE),
        made_readers.bucket(replicas, storage // 400),
        feed_stream.configured(_stream(FEED, [], FEED_AGE, storage * 9 // 10, replicas)),
        erasure_ledger.configured(_stream(ERASURES, [], 0, storage // 100, replicas)),
        _stream(DEAD_LETTERS, [f"{dead_letters()}.>"], 90 * DAY, storage // 20, replicas),
        _stream(
            ADVISORIES,
            [f"{advisory}.MAX_DELIVERIES.>", f"{advisory}.MSG_TERMINATED.>"],
            30 * DAY,
            storage // 20,
            replicas,
            DiscardPolicy.OLD,  # a record for people: the newest matter
        ),
    ]


def _stream(
    name: str,
    subjects: list[str],
    age: float,
    size: int,
    replicas: int,
    discard: DiscardPolicy = DiscardPolicy.NEW,
) -> StreamConfig:
    return StreamConfig(
        name=name,
        subjects=subjects,
        retention=RetentionPolicy.LIMITS,
        storage=StorageType.FILE,
        discard=discard,
        max_age=age,
        max_bytes=size,
        duplicate_window=DUPLICATE_WINDOW,
        num_replicas=replicas,
        allow_direct=name in DIRECT,
    )


def durable_config(durable: Durable, epoch: int = 1) -> ConsumerConfig:
    """How every durable behaves: acknowledged one by one, tried until it is applied or a dead letter."""
    return ConsumerConfig(
        durable_name=durable.name,
        filter_subject=durable.filter_subject,
        ack_policy=AckPolicy.EXPLICIT,
        deliver_policy=DeliverPolicy.ALL,
        ack_wait=ACK_WAIT,
        max_deliver=-1,
        max_ack_pending=MAX_ACK_PENDING,
        metadata={EPOCH: str(epoch)} if durable.stream in OF_OTHERS else None,
    )


def declared(service: str, instance: str, *, hub: bool = False) -> Sequence[Durable]:
    """The durables that `services/<service>/consumers.py` asks for, as a `hub` also those of its regions."""
    return consumers_of(service).durables(instance, hub=hub)


async def provision_streams(
    client: Client,
    replicas: int = 1,
    storage: int = STORAGE,
    instance: str = "*",
    links: Links = ALONE,
) -> None:
    """Add what is missing and update the rest, with the streams of the instance's links."""
    jetstream = client.jetstream()
    await ensure(jetstream, links.own(streams(replicas, storage, instance)))
    published = [jetstream]
    for prefix, configs in links.ends.items():
        published.append(client.jetstream(prefix=prefix))
        await ensure(published[-1], configs)
    if links.is_hub:
        for each in published:
            await begin_epoch(each, links.epoch)


async def ensure(jetstream: JetStreamContext, streams: Sequence[StreamConfig]) -> None:
    """Add what is missing and update the rest."""
    for config in streams:
        try:
            await jetstream.stream_info(str(config.name))
        except NotFoundError:
            await jetstream.add_stream(config)
        else:
            await jetstream.update_stream(config)


async def begin_epoch(jetstream: JetStreamContext, epoch: int) -> None:
    """Let the numbers of a restored hub's DOWN begin above all that its regions can have read.

    A region goes on from the number after its last one, which a stream from a backup has given up or
    will give to something else. Every publication that the backup has is made again by the services,
    which come up after this.
    """
    first = (epoch - 1) * EPOCH_NUMBERS + 1
    if (await jetstream.stream_info(DOWN)).state.last_seq + 1 < first:
        await jetstream.purge_stream(DOWN, seq=first)


async def provision_durables(
    jetstream: JetStreamContext, durables: Iterable[Durable], epoch: int = 1
) -> None:
    """Add or update durables; JetStream takes the same call for both.

    In a new epoch events of other instances are read from the beginning again: the database came back
    from a backup, and the broker knows only how far the one that was lost had read. What the restored
    one has is passed over by id and version.
    """
    for durable in durables:
        if durable.stream in OF_OTHERS and await _epoch_of(jetstream, durable) < epoch:
            await jetstream.delete_consumer(durable.stream, durable.name)
        await jetstream.add_consumer(durable.stream, durable_config(durable, epoch))


async def _epoch_of(jetstream: JetStreamContext, durable: Durable) -> int:
    """The epoch in which a durable was made; `NEVER` where there is none, which need not be deleted."""
    try:
        config = (await jetstream.consumer_info(durable.stream, durable.name)).config
    except NotFoundError:
        return NEVER
    return int((config.metadata or {}).get(EPOCH, 1))


async def _report(error: Exception) -> None:
    """Why there is no connection, such as a wrong password: the error that is raised in the end does not say."""
    log.warning("%s", str(error))  # an exception itself would be muted


async def provision(
    servers: str | list[str],
    user: str,
    password: str,
    instance: str,
    services: Iterable[str],
    replicas: int = 1,
    links: Links = ALONE,
) -> list[Durable]:
    """Everything one instance needs on its server, as the administrator; returns the durables."""
    client = await nats.connect(
        servers, user=user, password=password, max_reconnect_attempts=3, error_cb=_report
    )
    try:
        jetstream = client.jetstream()
        durables = [
            durable for service in services for durable in declared(service, instance, hub=links.is_hub)
        ]
        await provision_streams(client, replicas, instance=instance, links=links)
        durables += external_readers.durables(
            instance
        )  # they wait: a reader that comes later begins with the oldest
        await provision_durables(jetstream, durables, links.epoch)
        return durables
    finally:
        await client.close()
