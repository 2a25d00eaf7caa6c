"""What happened, followed from a cursor: pages of the feed, and the stream of server-sent events."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from steward_client.problem import Problem, not_reached
from steward_client.transport import LOST, Transport

if TYPE_CHECKING:
    from steward_client.generated.models import ThinEvent


@dataclass(frozen=True, slots=True)
class Batch:
    """A page of events, oldest first. Store `cursor` together with what you did about them."""

    events: "list[ThinEvent]"
    cursor: str
    at_end: bool  # there is nothing more for now


@dataclass(frozen=True, slots=True)
class StreamedEvent:
    """One event of the stream with the cursor after it; no event where the stream only states its position."""

    event: "ThinEvent | None"
    cursor: str


async def batches(transport: Transport, after: str | None, limit: int) -> AsyncIterator[Batch]:
    """Every page after a cursor, up to the first that has nothing behind it."""
    while True:
        answer = await transport.send("GET", "/v1/events", query={"after": after, "limit": limit})
        at_end = answer.headers["Steward-At-End"] == "true"
        batch = Batch(answer.json, answer.headers["Steward-Cursor"], at_end)
        yield batch
        if at_end:
            return
        after = batch.cursor


async def stream(transport: Transport, after: str | None) -> AsyncIterator[StreamedEvent]:
    """What happens after a cursor, until the server ends the stream, after five minutes at the latest.

    Raises Problem.
    """
    path = "/v1/events/stream"
    headers = await transport.authorized({"Last-Event-ID": after} if after else {})
    try:
        async with transport.http.get(
            transport.url + path, headers=headers, allow_redirects=False
        ) as response:
            if response.status != 200:
                raise Problem("GET", path, response.status, await response.text())
            fields: dict[str, str] = {}
            async for line in response.content:
                text = line.decode().rstrip("\r\n")
                if text:
                    name, _, value = text.partition(":")
                    fields[name] = value.removeprefix(" ")
                    continue
                if "id" in fields:
                    yield _streamed(fields)
                fields = {}
    except LOST as error:
        raise not_reached("GET", path, error) from error


def _streamed(fields: dict[str, str]) -> StreamedEvent:
    event: Any = json.loads(fields["data"]) if fields.get("event") == "event" else None
    return StreamedEvent(event, fields["id"])
