"""A service in miniature: everything `shared` gives, and one table of notes."""

from collections.abc import Callable
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, FastAPI, Request, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import registry

from shared.app import build
from shared.auth import rights
from shared.database.tables import service_metadata
from shared.erasure.tables import erasure_tables
from shared.errors import Conflict, NotFound
from shared.events.planning import ActivityCompleted, ActivityStarted
from shared.http import (
    Caller,
    CommandRoute,
    LoadRoute,
    Paging,
    Raw,
    Reads,
    Writes,
    check_if_match,
    etag,
    page,
)
from shared.http.ndjson import batches
from shared.messaging import outbox
from shared.messaging.subscriptions import Batch, Consumers, One, Session
from shared.settings import Settings
from tests.shared.builders import started

metadata = service_metadata()
erasure_tables(metadata)
note = sa.Table(
    "note",
    metadata,
    sa.Column("note_id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("version", sa.BigInteger, nullable=False, server_default="1"),
)
heard = sa.Table(
    "heard",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(), primary_key=True),
    sa.Column("text", sa.Text),
)


class Heard:
    """A row of `heard`, written with those of its whole batch.

    A statement for each of 700 events is 700 times until the database has its turn and this process has it
    again: 0.6 s alone, and 6 to 18 s on a machine where ten others are at work.
    """

    def __init__(self, text: str) -> None:
        self.text = text


registry().map_imperatively(Heard, heard)


class NewNote(BaseModel):
    text: Annotated[str, Field(min_length=1, max_length=40)]
    rating: int = Field(default=3, ge=1, le=5)


router = APIRouter(prefix="/v1/notes", route_class=CommandRoute)


@router.post("", status_code=201)
async def write(new: NewNote, session: Writes, response: Response) -> dict[str, int]:
    number = await session.scalar(sa.insert(note).values(text=new.text).returning(note.c.note_id))
    assert number is not None
    await outbox.add(session, started(str(number)), aggregate_id=str(number), version=1)
    response.headers["ETag"] = etag(1)
    if new.text == "refuse":
        raise Conflict("note-refused", "After everything was written.")
    if new.text == "crash":
        raise RuntimeError("private detail")
    return {"note_id": number}


class StrictNote(NewNote, extra="forbid"):
    """Nothing else."""


@router.post("/strict")
async def write_strictly(new: StrictNote) -> str:
    return new.text


@router.post("/lines", openapi_extra={"requestBody": {"content": {"application/octet-stream": {}}}})
async def write_lines(request: Request, connection: Raw) -> dict[str, int]:
    count = 0
    async for line in request.stream():
        for text in line.decode().splitlines():
            await connection.execute("insert into note (text) values ($1)", text)
            count += 1
    return {"received": count}


@router.post("/tidy")
async def tidy(session: Writes) -> dict[str, int]:
    await session.execute(sa.delete(note))
    return {"left": 0}


class NoteRoute(LoadRoute):
    rights = ("person.record",)


loads = APIRouter(prefix="/v1/loads", route_class=NoteRoute)


@loads.post("", openapi_extra={"requestBody": {"content": {"application/octet-stream": {}}}})
async def load(request: Request, connection: Raw, caller: Caller) -> dict[str, int]:
    rights.note_load(caller, "person.record")
    count = 0
    async for first, batch in batches(request):
        assert first > count
        texts = [line.decode() for line in batch if line]
        await connection.executemany("insert into note (text) values ($1)", [(text,) for text in texts])
        count += len(texts)
    return {"received": count}


@router.get("")
async def listing(session: Reads, wanted: Paging, short: bool | None = None) -> dict[str, object]:
    return await page(session, sa.select(note), [note.c.note_id], wanted)


@router.get("/me")
async def me(caller: Caller) -> dict[str, object]:
    rights.require(caller, "rating.give")
    return {"roles": sorted(caller.roles), "units": caller.units, "key": caller.subject_key}


@router.get("/{note_id}")
async def one(note_id: int, session: Reads, response: Response) -> dict[str, object]:
    row = (await session.execute(sa.select(note).where(note.c.note_id == note_id))).mappings().one()
    response.headers["ETag"] = etag(row["version"])
    return {**row, "others": await session.scalar(sa.select(sa.func.count()).select_from(note))}


@router.patch("/{note_id}")
async def change(note_id: int, new: NewNote, request: Request, session: Writes) -> dict[str, int]:
    select = sa.select(note.c.version).where(note.c.note_id == note_id).with_for_update()
    version = await session.scalar(select)
    if version is None:
        raise NotFound("note-unknown", "There is no such note.")
    check_if_match(request, version)
    changed = {"text": new.text, "version": version + 1}
    await session.execute(sa.update(note).where(note.c.note_id == note_id).values(changed))
    return {"version": version + 1}


def consumers(fail: Callable[[str], None]) -> Consumers:
    """Each started activity becomes a note; `fail` may raise for some of them."""
    declared = Consumers("planning")

    @declared.each(ActivityStarted)
    async def take(session: Session, event: One[ActivityStarted]) -> None:
        fail(event.data.activity_id)
        session.add(Heard(f"heard {event.data.activity_id}"))

    @declared.batch(ActivityCompleted)
    async def take_all(session: Session, events: Batch[ActivityCompleted]) -> None:
        for event in events:
            fail(event.data.activity_id)
        rows = [{"text": f"done {event.data.activity_id}"} for event in events]
        await session.execute(sa.insert(heard), rows)

    return declared


def create(settings: Settings, fail: Callable[[str], None] = lambda _: None) -> FastAPI:
    """The application, with consumers whose failures the test decides."""
    return build("planning", routers=[router, loads], consumers=consumers(fail), settings=settings)
