"""Everything as it is now, with its own version: what a projection is rebuilt from."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import msgspec

from services.registry.tables.states import (
    Connection,
    alias_states,
    person_states,
    role_states,
    unit_states,
)
from shared import clock
from shared.database.engine import Database

CHUNK = 2000
_PAGES = {
    # Parents before children, so that a reader never needs a stub.
    "units": "select unit_code from unit order by array_length(path, 1), unit_code",
    "roles": "select role_code from role order by role_code",
    "people": "select person_id from person order by person_id",
    # Of who was erased there is no merge any more, and what is left of one record is part of the other's.
    "aliases": """
        select merged_id from person_merge
        union select person_id from person where erased and merged_into is not null order by 1""",
}
_encoder = msgspec.json.Encoder()


async def _people(connection: Connection, ids: list[Any]) -> list[Any]:
    return list(await person_states(connection, ids, clock.today()))


_STATES: dict[str, Callable[[Connection, list[Any]], Awaitable[list[Any]]]] = {
    "units": unit_states,
    "roles": role_states,
    "people": _people,
    "aliases": alias_states,
}


async def current_states(database: Database, kind: str) -> AsyncIterator[bytes]:
    """States of `kind` as NDJSON in chunks, all from one moment, with bounded memory."""
    connection = await database.connect()
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            cursor = await connection.cursor(_PAGES[kind])
            while rows := await cursor.fetch(CHUNK):
                states = await _STATES[kind](connection, [row[0] for row in rows])
                if kind == "units":  # by code within a chunk; keep the order of the page
                    order = {row[0]: place for place, row in enumerate(rows)}
                    states = sorted(states, key=lambda state: order[state.unit_code])
                yield b"".join(_encoder.encode(state) + b"\n" for state in states)
    finally:
        await connection.close()
