"""The accounts of readers that the API made, as nats-server's configuration has them.

They are in a file of their own, which the configuration includes and one process writes. What its accounts can
do does not depend on that process: an account imports only what STEWARD exports, and those exports are here.
Their subjects name the account that may import them, by its durable consumer. So none reads by that of another.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from nats.js.api import DiscardPolicy, StorageType, StreamConfig

from deploy.broker.durables import asked
from deploy.broker.external_readers import account_of, answers, instance_of, requests_of
from shared.events.event import Reach, published
from shared.federation.protocol import STEWARD, api, direct_get
from shared.messaging.reader_requests import ASKED, PROCESS, PROCESS_SYSTEM, RECORDS, SEEN, ReaderRecord
from shared.messaging.stream_names import READERS
from shared.messaging.subscriptions import Durable

Json = dict[str, Any]
ANY = "*"
GATEWAY = "gateway"


def bucket(replicas: int, size: int) -> StreamConfig:
    """The stream of the records, as NATS makes key-value buckets: the last of each, and who was seen when."""
    return StreamConfig(
        name=READERS,
        subjects=[f"{RECORDS}.*", SEEN],
        max_msgs_per_subject=1,
        max_age=0,
        max_bytes=size,
        duplicate_window=3600.0,
        num_replicas=replicas,
        storage=StorageType.FILE,
        discard=DiscardPolicy.NEW,
        allow_rollup_hdrs=True,
        allow_msg_ttl=True,
        allow_direct=True,
        deny_delete=True,
    )


def accounts(readers: Iterable[ReaderRecord]) -> dict[str, Json]:
    """What the included file has: an account for each reader."""
    return {
        each.durable: account_of(
            {"nkey": each.public_key}, each.durable, each.sees.reaches, STEWARD, each.inbox
        )
        for each in readers
    }


def durables(reader: ReaderRecord, instance: str) -> list[Durable]:
    """Its durable consumers, one for each of its streams."""
    return [
        Durable(reach.stream, reader.durable, f"{published(instance_of(reach, instance), reach)}.>")
        for reach in reader.sees.reaches
    ]


def exported(others: Sequence[Json]) -> list[Json]:
    """`others`, which STEWARD exports to readers made by command, and what it exports to those of the API.

    The state of JetStream and of a stream is the same for every reader, so one export has no list of accounts.
    """
    shared = [subject for subject in requests_of(ANY, tuple(Reach)) if ANY not in subject.split(".")]
    own = [subject for reach in Reach for subject in asked(reach.stream, ANY)]
    return [
        *(each for each in others if each["service"] not in shared),
        *({"service": subject, "response_type": answers(subject)} for subject in shared),
        *(_own(subject) for subject in own),
    ]


def _own(subject: str) -> Json:
    """The export of a subject that has an account's name: to that account alone."""
    position = subject.split(".").index(ANY) + 1
    return {"service": subject, "response_type": answers(subject), "account_token_position": position}


def users(password: str, inbox: str) -> list[Json]:
    """The process in the account of the streams.

    It makes consumers of these streams and writes the records. It answers the gateway and nobody else: who asks
    names the subject of the answer (decision 11). A right to answer whoever asks would be a right to everything.
    """
    publish = [
        f"_INBOX_{GATEWAY}.>",
        f"{RECORDS}.*",
        SEEN,
        f"{api()}.INFO",
        f"{direct_get()}.{READERS}",
        f"{direct_get()}.{READERS}.>",
        *(f"{api()}.CONSUMER.{subject}" for reach in Reach for subject in _of_consumers(reach.stream)),
    ]
    allowed = {"publish": {"allow": publish}, "subscribe": {"allow": [ASKED, f"{inbox}.>"]}}
    return [{"user": PROCESS, "password": password, "permissions": allowed}]


def _of_consumers(stream: str) -> Iterator[str]:
    yield f"LIST.{stream}"
    for action in ("DURABLE.CREATE", "INFO", "DELETE"):
        yield f"{action}.{stream}.*"


def system_users(password: str, inbox: str) -> list[Json]:
    """The process in the account of the server, which it has read its configuration again, and nothing else."""
    publish = ["$SYS.REQ.SERVER.PING", "$SYS.REQ.SERVER.*.RELOAD"]
    allowed = {"publish": {"allow": publish}, "subscribe": {"allow": [f"{inbox}.>"]}}
    return [{"user": PROCESS_SYSTEM, "password": password, "permissions": allowed}]


def asked_by_gateway() -> Iterator[str]:
    """What the gateway may: ask the process, and read the records."""
    yield from (ASKED, f"{direct_get()}.{READERS}", f"{direct_get()}.{READERS}.>")
