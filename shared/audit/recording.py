"""Entries are stored by the edge: an answer about somebody leaves only once its entry is there.

A write's entry is in its own transaction. A read's is a statement of its own, before the answer leaves.
A rater's act is stored before it is done, in a transaction of its own and once a day: neither the order of rows
nor what a transaction wrote together tells whom it was about.
"""

import os
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import orjson
from starlette.requests import Request
from starlette.responses import Response

from shared import clock
from shared.audit.audited_operations import (
    AUDITED,
    BETWEEN_SERVICES,
    About,
    Answer,
    Named,
    Path,
    RaterAct,
    Written,
    people_in,
)
from shared.audit.chain import SALT_BYTES, commitment, rater, root
from shared.audit.purposes import purpose_of
from shared.auth.caller import Caller
from shared.auth.operations import OPERATIONS
from shared.database.engine import Connection, Database

SINGLY = 500  # people of an entry up to here have a commitment each; of more, up to 1,000 have one together
TOGETHER = 1000
Changed = Callable[[Connection, Request], AsyncIterator[list[UUID]]]
_ENTRY = """
insert into audit_entry (entry_id, at, day, caller, client, roles, operation, purpose, people, commitment)
values ({id}, $1, $2, $3, $4, $5, $6, $7, $8, $9) returning entry_id
"""
_STORE = f"""
with entry as ({_ENTRY.format(id="uuidv7()")})
insert into audit_people (entry_id, commitment, person_id, salt)
select entry.entry_id, leaf.* from entry, unnest($10::bytea[], $11::uuid[], $12::bytea[]) as leaf
"""  # one statement, which commits by itself
_STORE_LATER = _ENTRY.format(id="$10")
_STORE_MANY = "insert into audit_people (entry_id, commitment, people, salt) values ($1, $2, $3, $4)"
_STORE_ACT = "insert into audit_rater_act (day, rater, operation) values ($1, $2, $3) on conflict do nothing"


@dataclass(frozen=True, slots=True)
class Access:
    """What one request does with data of individuals, and for what purpose."""

    operation: str
    about: About
    caller: Caller
    purpose: str | None

    def values(self, people: int, commitments: Iterable[bytes]) -> tuple[Any, ...]:
        """The columns of the entry, in the order of its statement."""
        now = clock.now()
        roles = " ".join(sorted(self.caller.roles))
        caller = self.caller.subject_key, self.caller.client, roles
        return now, clock.day_of(now), *caller, self.operation, self.purpose, people, root(commitments)


class Audited:
    """An operation that is audited, as the edge runs it."""

    def __init__(self, operation: str, about: About) -> None:
        """`operation` as in `AUDITED` or `BETWEEN_SERVICES`."""
        self.operation, self.about = operation, about

    @classmethod
    def of(cls, methods: Iterable[str], path: str) -> "Audited | None":
        """The one with this method and path; None where nobody is read or written one by one."""
        operation = f"{next(iter(methods), '')} {path}"
        about = AUDITED.get(operation) or BETWEEN_SERVICES.get(operation)
        return None if about is None else cls(operation, about)

    async def begin(self, request: Request, caller: Caller) -> Caller:
        """Before the operation: its purpose, and a rater's act.

        The caller returned collects decisions where these say of whom the operation is. A list has one with
        everybody whom it names, up to a million: whom it changed says the transaction itself. Raises Invalid
        `purpose-required` and `purpose-unknown`.
        """
        settings, database = request.app.state.settings, request.app.state.database
        if not isinstance(self.about, Written):
            caller = replace(caller, decisions=[])
        request.state.access = Access(self.operation, self.about, caller, stated_purpose(request))
        if isinstance(self.about, RaterAct):
            await _act(database, settings.subject_pepper, caller.subject_key, self.operation)
        return caller


def stated_purpose(request: Request) -> str | None:
    """Why data of a person is used. Raises Invalid `purpose-required` and `purpose-unknown`."""
    return purpose_of(request, required=request.app.state.settings.audit_purpose == "required")


def is_audited(request: Request, response: Response) -> bool:
    """Whether the answer tells or changes something of individuals, so that it has an entry."""
    access: Access | None = getattr(request.state, "access", None)
    if access is None or isinstance(access.about, RaterAct) or response.status_code >= 400:
        return False
    return not isinstance(access.about, Named) or getattr(request.state, "people", None) is not None


async def record_read(request: Request, response: Response) -> None:
    """Store the entry of a read that was answered with data."""
    if is_audited(request, response):
        await store_read(request.app.state.database, request.state.access, about(request, response))


async def store_read(database: Database, access: Access, people: set[UUID]) -> None:
    """Store an entry by itself, before the answer of a read leaves."""
    async with database.alone() as connection:
        await store(connection, access, people)


async def record_write(connection: Connection, request: Request, response: Response) -> None:
    """Store the entry of a write that `is_audited`, in its transaction."""
    access: Access = request.state.access
    if isinstance(access.about, Written):
        await store_changed(connection, access, request)
    else:
        await store(connection, access, about(request, response))


def about(request: Request, response: Response) -> set[UUID]:
    """The people of an answer.

    Raises LookupError where an operation about somebody names nobody: then nothing is answered.
    """
    access: Access = request.state.access
    kind = access.about
    if isinstance(kind, Path):
        return {UUID(request.path_params[kind.name])}
    if isinstance(kind, Answer):
        return {UUID(each) for each in people_in(kind, orjson.loads(response.body))}
    if isinstance(kind, Named):
        return set(request.state.people)
    found = _decided(access, request)
    if not found:
        raise LookupError(f"{access.operation} does not say of whom it is")
    return found


def _decided(access: Access, request: Request) -> set[UUID]:
    """Those about whom the caller was allowed what the operation asks for."""
    rights = OPERATIONS[access.operation]
    caller: Caller = request.state.caller
    return {
        decision.person
        for decision in caller.decisions or ()
        if decision.person is not None and decision.right in rights
    }


async def store(connection: Connection, access: Access, people: set[UUID]) -> None:
    """Store an entry about these people."""
    ordered = sorted(people)
    if len(ordered) > SINGLY:
        async with connection.transaction():
            await _store_many(connection, access, _pieces(ordered))
        return
    salts = os.urandom(SALT_BYTES * len(ordered))
    leaves = []
    for number, person in enumerate(ordered):
        salt = salts[number * SALT_BYTES : (number + 1) * SALT_BYTES]
        leaves.append((commitment(salt, (person,)), person, salt))
    columns = [list(column) for column in zip(*leaves, strict=True)] or [[], [], []]
    await connection.execute(_STORE, *access.values(len(leaves), columns[0]), *columns)


async def store_changed(connection: Connection, access: Access, request: Request) -> None:
    """Store an entry about everybody whom the transaction changed: one, whatever their number.

    The service says who they are: its `changed_people` yields ids without repeating one, up to 1,000 at a time.
    """
    changed: Changed = request.app.state.changed_people
    pieces = changed(connection, request)
    first: list[UUID] = await anext(pieces, [])
    if len(first) <= SINGLY:  # a piece is full but for the last
        await store(connection, access, set(first))
    else:
        await _store_many(connection, access, pieces, first)


async def _pieces(people: list[UUID]) -> AsyncIterator[list[UUID]]:
    for start in range(0, len(people), TOGETHER):
        yield people[start : start + TOGETHER]


async def _store_many(
    connection: Connection, access: Access, pieces: AsyncIterator[list[UUID]], first: Sequence[UUID] = ()
) -> None:
    entry_id = await connection.fetchval("select uuidv7()")
    commitments: list[bytes] = []
    number = 0

    async def take(people: Sequence[UUID]) -> None:
        salt = os.urandom(SALT_BYTES)
        commitments.append(commitment(salt, people))
        await connection.execute(_STORE_MANY, entry_id, commitments[-1], people, salt)

    if first:
        await take(first)
        number = len(first)
    async for people in pieces:
        await take(people)
        number += len(people)
    await connection.execute(_STORE_LATER, *access.values(number, commitments), entry_id)


async def _act(database: Database, pepper: str, key: str, operation: str) -> None:
    day = clock.today()
    async with database.alone() as connection:
        stand_in = rater(pepper, day.isoformat(), operation, key)
        await connection.execute(_STORE_ACT, day, stand_in, operation)
