"""One request, one transaction: committed at the edge, together with its Idempotency-Key.

It is opened when the whole body is there (`shared.http.bodies`): nobody's pace is waited for in it.
"""

import re
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import replace
from types import TracebackType
from typing import Any

import orjson
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.requests import Request
from starlette.responses import Response

from shared.auth.caller import Caller
from shared.auth.rights import restored
from shared.database.engine import Connection, Database, raw
from shared.errors import FieldError, Invalid

KEY_LENGTH = 255
_KEY = re.compile(rf"[!-~](?:[ -~]{{0,{KEY_LENGTH - 2}}}[!-~])?")
_STORED_HEADERS = ("etag", "location", "content-type", "link")

_FIND = """
select request_hash, status, headers::text as headers, body, decisions::text as decisions from idempotency
where caller = $1 and key = $2
"""
_LOCK = "select pg_advisory_xact_lock(hashtextextended($1, 0))"
_KEEP = """
insert into idempotency (caller, key, request_hash, status, headers, body, decisions)
values ($1, $2, $3, $4, $5::text::jsonb, $6, $7::text::jsonb)
"""


class Replayed(Exception):
    """The request was answered before under its key; `response` is that answer."""

    def __init__(self, response: Response) -> None:
        """Carry the stored answer to the edge."""
        self.response = response


class Work:
    """The transaction of a writing request, opened by the first dependency that asks for it.

    A route writes through one of `session` and `connection`. Whatever the handler raises rolls
    everything back; its response leaves after the commit only. With a key `caller` collects what is
    decided about access, and a stored answer is given again only if all of it is decided so once more. The
    report of a load rests on more than a role: one that did not note what it names is not given again.
    """

    def __init__(
        self, database: Database, request: Request, digest: bytes, caller: Caller, *, load: bool = False
    ) -> None:
        """Prepare for a request of `caller`; nothing is opened yet. `digest` stands for it under its key.

        `load` says that the answer is the report of a load.
        """
        self._database = database
        self._stack = AsyncExitStack()
        self._session: AsyncSession | None = None
        self._connection: Connection | None = None
        self._key = idempotency_key(request)
        self.caller = replace(caller, decisions=[]) if self._key else caller
        self._request = request
        self._digest = digest
        self._is_load = load

    async def __aenter__(self) -> "Work":
        """Enter the request's unit of work."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Commit, or roll back when the request failed."""
        await self._stack.__aexit__(kind, error, trace)

    async def session(self) -> AsyncSession:
        """The request's SQLAlchemy session."""
        if self._session is None:
            self._session = await self._stack.enter_async_context(self._database.session())
            await self._check_key()
        return self._session

    async def connection(self) -> Connection:
        """The request's plain asyncpg connection, for hot routes."""
        if self._connection is None:
            self._connection = await self._stack.enter_async_context(self._database.transaction())
            await self._check_key()
        return self._connection

    def alone(self) -> AbstractAsyncContextManager[Connection] | None:
        """A connection for one statement that commits itself, where no key has to be kept with it.

        None when the answer must be remembered, or when the transaction is already open.
        """
        if self._key is not None or self._session is not None or self._connection is not None:
            return None
        return self._database.alone()

    async def remember(self, response: Response) -> None:
        """Keep the answer under the request's key, in the same transaction."""
        if self._key is None or response.status_code >= 400:
            return
        connection = await self._driver()
        if connection is None:
            return
        headers = {name: response.headers[name] for name in _STORED_HEADERS if name in response.headers}
        await connection.execute(
            _KEEP,
            self.caller.subject_key,
            self._key,
            self._digest,
            response.status_code,
            orjson.dumps(headers).decode(),
            bytes(response.body),
            orjson.dumps(self.caller.decisions, default=str).decode(),
        )

    async def _driver(self) -> Connection | None:
        if self._session is not None:
            return await raw(self._session)
        return self._connection

    async def _check_key(self) -> None:
        """Answer from memory when the key was used; requests that share a key queue up here."""
        if self._key is None:
            return
        connection = await self._driver()
        assert connection is not None
        await connection.execute(_LOCK, f"{self.caller.subject_key}\n{self._key}")
        found = await connection.fetchrow(_FIND, self.caller.subject_key, self._key)
        if found is None:
            return
        if found["request_hash"] != self._digest:
            raise _reused()
        await self._ask_again(found["decisions"])
        headers: dict[str, Any] = orjson.loads(found["headers"])
        raise Replayed(Response(found["body"], found["status"], {**headers, "idempotency-replayed": "true"}))

    async def _ask_again(self, decisions: str | None) -> None:
        """Whether the caller may still have the answer, by roles, units and relations as they are now."""
        if decisions is None:  # stored by software that did not say why it was allowed
            raise _reused()
        made = [restored(stored) for stored in orjson.loads(decisions)]
        if self._is_load and all(decision.load is None for decision in made):
            raise _reused()
        async with AsyncExitStack() as stack:
            session = self._session or await stack.enter_async_context(self._database.reading())
            for decision in made:
                await self._request.app.state.ask_again(session, self.caller, decision)


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
