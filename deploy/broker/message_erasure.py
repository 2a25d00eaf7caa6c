"""Messages about people who were erased are deleted from the streams, and so are they from messages about many.

Readers go on over the gaps: each stream's numbers only rise. Of a message about many people the rest is published
once more, under the same event id, before the message is deleted: whoever had read it passes over it, and of the
others nobody is missed. So a run that breaks off is repeated.
"""

import logging
import re
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field

import msgspec
from nats.aio.client import Client
from nats.js import JetStreamContext
from nats.js.api import ConsumerInfo, RawStreamMsg
from nats.js.errors import NotFoundError

from deploy.broker.erasure_ledger import asked_by_owners
from shared.erasure.messages import without_people
from shared.events import envelope
from shared.events.registry import PeopleChanged, PersonErased
from shared.federation.protocol import api, direct_get
from shared.messaging.stream_names import DEAD_LETTERS, ERASURES, EVENT_ID, FEED, LOCAL

log = logging.getLogger("steward.erasures")

SEARCHED = (LOCAL, FEED, DEAD_LETTERS)  # LOCAL first: FEED has copies of what it still waits for
_ID = re.compile(rb"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DECODER = envelope.decoder(PersonErased)


@dataclass(slots=True)
class Report:
    """What a run did, and how many messages wait until every service has applied them."""

    people: int = 0
    deleted: int = 0
    published: int = 0
    waiting: int = 0
    waits: set[str] = field(default_factory=set)  # event ids


def permissions(instance: str, inbox: str) -> dict[str, dict[str, list[str]]]:
    """What the eraser may do, and no service may: read and delete single messages, and publish what is left."""
    publish = [
        f"{api()}.INFO",
        *(f"{api()}.STREAM.INFO.{stream}" for stream in (*SEARCHED, ERASURES)),
        *(f"{api()}.STREAM.MSG.DELETE.{stream}" for stream in SEARCHED),
        f"{api()}.STREAM.MSG.GET.{LOCAL}",
        f"{api()}.CONSUMER.LIST.{LOCAL}",
        *(f"{direct_get()}.{stream}" for stream in SEARCHED if stream != LOCAL),
        *asked_by_owners(),
        PeopleChanged.subject(instance),
    ]
    return {"publish": {"allow": publish}, "subscribe": {"allow": [f"{inbox}.>"]}}


async def erase_messages(client: Client, durables: Iterable[str]) -> Report:
    """Delete what the streams have of everybody who was erased; safe to repeat and to break off.

    `durables` are those of the services: a message that one of them has not applied yet stays until it has.
    """
    jetstream, report = client.jetstream(), Report()
    erased = {event.person_id async for event in _erasures(jetstream)}
    report.people = len(erased)
    if not erased:
        return report
    wanted = {each.encode() for each in erased}
    applied = _applied(await _consumers(jetstream), set(durables))
    for stream in SEARCHED:
        async for message in _messages(jetstream, stream):
            found = wanted.intersection(_ID.findall(message.data or b""))
            if found:
                seen = stream != LOCAL or (message.seq or 0) <= applied
                await _erase(jetstream, stream, message, {each.decode() for each in found}, report, seen=seen)
    return report


async def _erase(
    jetstream: JetStreamContext,
    stream: str,
    message: RawStreamMsg,
    people: set[str],
    report: Report,
    *,
    seen: bool,
) -> None:
    event_id = (message.headers or {}).get(EVENT_ID, "")
    if not seen or (stream == FEED and event_id in report.waits):
        report.waiting += 1
        report.waits.add(event_id)
        return
    rest = _rest(message.data or b"", people)
    if rest is not None and stream != FEED:  # of what FEED copied, LOCAL had the rest
        subject = PeopleChanged.subject(msgspec.json.decode(rest)["instance"])
        headers = {EVENT_ID: f"{event_id} {stream} {message.seq}"}
        await jetstream.publish(subject, rest, headers=headers)
        report.published += 1
    await jetstream.delete_msg(stream, message.seq or 0)
    report.deleted += 1


def _rest(payload: bytes, people: set[str]) -> bytes | None:
    try:
        return without_people(payload, people)
    except (msgspec.MsgspecError, KeyError, TypeError):
        return None  # no event: a dead letter of what could not be read


def _applied(consumers: Iterable[ConsumerInfo], durables: set[str]) -> float:
    """Up to which number of LOCAL every service has applied what it reads."""
    behind = [
        (each.ack_floor.stream_seq if each.ack_floor else 0)
        for each in consumers
        if each.name in durables and (each.num_pending or each.num_ack_pending)
    ]
    return min(behind, default=float("inf"))


async def _consumers(jetstream: JetStreamContext) -> list[ConsumerInfo]:
    found: list[ConsumerInfo] = []
    while page := await jetstream.consumers_info(LOCAL, offset=len(found)):
        found += page
    return found


async def _erasures(jetstream: JetStreamContext) -> AsyncIterator[PersonErased]:
    async for message in _messages(jetstream, ERASURES):
        yield _DECODER.decode(message.data or b"").data


async def _messages(jetstream: JetStreamContext, stream: str) -> AsyncIterator[RawStreamMsg]:
    """The messages that a stream has now, oldest first; what comes meanwhile is for the next run."""
    state = (await jetstream.stream_info(stream)).state
    place = state.first_seq
    while place <= state.last_seq:
        try:
            message = await jetstream.get_msg(stream, place, ">", direct=stream != LOCAL, next=True)
        except NotFoundError:
            return
        place = (message.seq or place) + 1
        if place > state.last_seq + 1:
            return
        yield message
