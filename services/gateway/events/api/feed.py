"""What happened, in order, over HTTP: pages, a stream, and where to begin."""

from collections.abc import AsyncIterator
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Depends, Header, Query, Request, Response
from fastapi.sse import EventSourceResponse, ServerSentEvent
from pydantic import BaseModel

from services.gateway.events.api.stream_route import StreamRoute
from services.gateway.events.cursors import Cursors, Place
from services.gateway.events.feed import Feed
from services.gateway.events.live import Live
from shared.auth import rights
from shared.auth.event_readers import Reader
from shared.auth.tokens import bearer
from shared.http import Caller, CommandRoute

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["events"])
streams = APIRouter(route_class=StreamRoute)

BATCH_TYPE = "application/cloudevents-batch+json"


class Batch(Response):
    """A CloudEvents batch."""

    media_type = BATCH_TYPE


Cursor = Annotated[
    str | None,
    Query(max_length=128, description="A cursor of an earlier answer; without it from the oldest event on."),
]


class ThinEvent(BaseModel):
    """A CloudEvent with the ids of what it is about; `dataref` is where the rest is read.

    `time` is the day alone where it is about people. `data` has `items` where several changed together.
    """

    specversion: str
    id: str
    type: str
    source: str
    time: str
    instance: str
    epoch: int
    datacontenttype: str
    data: dict[str, Any]
    subject: str | None = None
    aggregateversion: int | None = None
    dataref: str | None = None


class List(BaseModel):
    """A list of the API with the state of what events are about."""

    href: str
    id: str
    version: str


class StartingPoint(BaseModel):
    """Read the lists, then the events after `cursor`; drop an event whose version you have already."""

    cursor: str
    lists: list[List]


LISTS = (
    ("unit.read", "/v1/units", "unit_code"),
    ("role.read", "/v1/roles", "role_code"),
    ("person.read", "/v1/people", "person_id"),
    ("assessment.read", "/v1/assessments", "assessment_id"),
    ("plan.read", "/v1/plans", "plan_id"),
)


async def _reader(caller: Caller) -> Reader:
    rights.require(caller, "event.read")
    return Reader.of(caller)


ReaderOf = Annotated[Reader, Depends(_reader)]


async def _from(request: Request, reader: ReaderOf, after: Cursor = None) -> Place:  # noqa: ARG001  # the right first
    return await _place(request, after)


async def _room(request: Request, reader: ReaderOf) -> AsyncIterator[None]:
    with _live(request).room(reader):
        yield


async def _resumed(
    request: Request,
    room: Annotated[None, Depends(_room)],  # noqa: ARG001  # before anything is looked up, until the request ends
    after: Cursor = None,
    last_event_id: Annotated[str | None, Header(max_length=128)] = None,
) -> Place:
    """Where a stream goes on; a browser that connects again says so in `Last-Event-ID`."""
    place = await _place(request, last_event_id or after)
    await _feed(request).check(place)
    return place


@router.get(
    "/events",
    summary="What happened",
    response_class=Batch,
    responses={200: {"model": list[ThinEvent]}},
)
async def events(
    request: Request,
    reader: ReaderOf,
    place: Annotated[Place, Depends(_from)],
    limit: Annotated[int, Query(ge=1, le=200, description="Events a page.")] = 100,
) -> Response:
    """Events that the caller may know of, oldest first, as a CloudEvents batch.

    `Steward-Cursor` is the cursor after them, also of an empty page; `Link` has it as `next`.
    `Steward-At-End` states whether there was nothing more. Raises Gone `cursor-expired`.
    """
    read = await _feed(request).read(reader, place, limit)
    cursor = _cursors(request).write(read.place)
    headers = {
        "Steward-Cursor": cursor,
        "Steward-At-End": "true" if read.at_end else "false",
        "Link": f'</v1/events?after={cursor}&limit={limit}>; rel="next"',
        "Cache-Control": "no-store",
    }
    batch = orjson.dumps([event for _, event in read.events])
    return Batch(batch, headers=headers)


@streams.get("/events/stream", summary="What happens", response_class=EventSourceResponse)
async def stream(
    request: Request, place: Annotated[Place, Depends(_resumed)]
) -> AsyncIterator[ServerSentEvent]:
    """The same as server-sent events; the id of each is the cursor after it.

    The API page shows an answer once it has ended: read the stream by `curl -N`, with the headers of the page.
    It ends after some minutes, or with the token: connect again with `Last-Event-ID`.
    Raises Gone `cursor-expired`, Unavailable `streams-full`.
    """
    tokens = request.app.state.tokens

    async def still() -> Reader:
        return Reader.of(await tokens.verify(bearer(request)))

    async for at, event in _live(request).following(place, still):
        cursor = _cursors(request).write(at)
        if event is None:
            yield ServerSentEvent(id=cursor, event="position", raw_data="{}")
        else:
            yield ServerSentEvent(id=cursor, event="event", raw_data=orjson.dumps(event).decode())


@router.get("/events/snapshot", summary="Where to begin")
async def starting_point(request: Request, caller: Caller, reader: ReaderOf) -> StartingPoint:  # noqa: ARG001  # the right first
    """A cursor of now, and the lists to read after it was taken.

    What changes while they are read comes again as an event: nothing is missing, and an event whose version was
    read already is dropped.
    """
    place = await _feed(request).end()
    lists = [
        List(href=href, id=name, version="version")
        for right, href, name in LISTS
        if rights.reaches(caller, right)
    ]
    return StartingPoint(cursor=_cursors(request).write(place), lists=lists)


router.include_router(streams)


async def _place(request: Request, cursor: str | None) -> Place:
    return await _feed(request).beginning() if cursor is None else _cursors(request).read(cursor)


def _feed(request: Request) -> Feed:
    feed: Feed = request.app.state.feed
    return feed


def _live(request: Request) -> Live:
    live: Live = request.app.state.live_events
    return live


def _cursors(request: Request) -> Cursors:
    cursors: Cursors = request.app.state.cursors
    return cursors
