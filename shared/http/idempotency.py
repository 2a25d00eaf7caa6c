"""Idempotency keys: a change is made at most once under its key, and a repeat gets the same answer."""

import re
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from shared.auth.caller import Caller
from shared.auth.rights import restored
from shared.database.engine import Connection, Database, raw
from shared.database.unit_of_work import UnitOfWork
from shared.errors import FieldError, Invalid

KEY_LENGTH = 255
_KEY = re.compile(rf"[!-~](?:[ -~]{{0,{KEY_LENGTH - 2}}}[!-~])?")
_STORED_HEADERS = ("etag", "location", "content-type", "link")

_FIND = """
select request_hash, status, headers::text as headers, body, decisions::text as decisions from idempotency
where caller = $1 and key = $2
"""
_LOCK = "select pg_advisory_xact_lock(hashtextextended($1, 0))"
_STORE = """
insert into idempotency (caller, key, request_hash, status, headers, body, decisions)
values ($1, $2, $3, $4, $5::text::jsonb, $6, $7::text::jsonb)
"""


class Replayed(Exception):
    """The request was answered before under its key; `response` is that answer."""

    def __init__(self, response: Response) -> None:
        self.response = response


class ShownOnce(Response):
    """An answer with a secret, as JSON; under an Idempotency-Key the other text is stored, without it."""

    media_type = "application/json"

    def __init__(self, shown: str, stored: str) -> None:
        super().__init__(shown, 201, {"Cache-Control": "no-store"})
        self.stored = stored.encode()


class KeyedWork(UnitOfWork):
    """The unit of work of a request with an Idempotency-Key: its answer is stored in the same transaction.

    `caller` collects what is decided about access. A stored answer is given again only if all of it is decided
    so once more. The report of a load rests on more than a role: one that did not note what it names is not
    given again.
    """

    def __init__(
        self, database: Database, request: Request, key: str, digest: bytes, caller: Caller, *, load: bool
    ) -> None:
        """Of `caller` under `key`; `digest` is the hash of what is asked, `load` for the report of a load."""
        super().__init__(database)
        self._request = request
        self._key = key
        self._digest = digest
        self._is_load = load
        self._is_checked = False
        self.caller = replace(caller, decisions=[])

    async def session(self) -> AsyncSession:
        """As `UnitOfWork.session`. Raises as `_check`."""
        session = await super().session()
        if not self._is_checked:
            await self._check(await raw(session), session)
        return session

    async def connection(self) -> Connection:
        """As `UnitOfWork.connection`. Raises as `_check`."""
        connection = await super().connection()
        if not self._is_checked:
            await self._check(connection, None)
        return connection

    def alone(self) -> None:
        """Nothing: the answer is stored in one transaction with what the request writes."""

    async def remember(self, response: Response) -> None:
        """Store what the request is answered."""
        connection = await self.opened()
        if response.status_code >= 400 or connection is None:
            return
        headers = {name: response.headers[name] for name in _STORED_HEADERS if name in response.headers}
        await connection.execute(
            _STORE,
            self.caller.subject_key,
            self._key,
            self._digest,
            response.status_code,
            orjson.dumps(headers).decode(),
            response.stored if isinstance(response, ShownOnce) else bytes(response.body),
            orjson.dumps(self.caller.decisions, default=str).decode(),
        )

    async def _check(self, connection: Connection, session: AsyncSession | None) -> None:
        """The first step of the transaction: requests that share a key queue up here.

        Raises Replayed when the request was answered before, Invalid `idempotency-key-reused` when the key
        stands for another request or the caller may not have that answer any more.
        """
        self._is_checked = True
        await connection.execute(_LOCK, f"{self.caller.subject_key}\n{self._key}")
        found = await connection.fetchrow(_FIND, self.caller.subject_key, self._key)
        if found is None:
            return
        if found["request_hash"] != self._digest:
            raise _reused()
        await self._ask_again(session, found["decisions"])
        headers: dict[str, Any] = orjson.loads(found["headers"])
        raise Replayed(Response(found["body"], found["status"], {**headers, "idempotency-replayed": "true"}))

    async def _ask_again(self, session: AsyncSession | None, decisions: str | None) -> None:
        """Whether the caller may still have the answer, by roles, units and relations as they are now."""
        if decisions is None:  # stored by software that did not say why it was allowed
            raise _reused()
        made = [restored(stored) for stored in orjson.loads(decisions)]
        if self._is_load and all(decision.load is None for decision in made):
            raise _reused()
        state = self._request.app.state
        async with AsyncExitStack() as stack:
            asking = session or await stack.enter_async_context(self._database.reading())
            for decision in made:
                await state.ask_again(asking, self.caller, decision)


def _reused() -> Invalid:
    error = FieldError("/header/Idempotency-Key", "reused", "Use a new key for another request.")
    return Invalid("idempotency-key-reused", "The key was used for another request.", [error])


def idempotency_key(request: Request) -> str | None:
    """The key under which a change is made at most once. Raises Invalid `idempotency-key-malformed`."""
    sent = request.headers.getlist("idempotency-key")
    if sent and (len(sent) > 1 or not _KEY.fullmatch(sent[0])):
        detail = f"One key of 1 to {KEY_LENGTH} visible ASCII characters is expected."
        error = FieldError("/header/Idempotency-Key", "malformed", detail)
        raise Invalid("idempotency-key-malformed", "The Idempotency-Key cannot be used.", [error])
    return sent[0] if sent else None
