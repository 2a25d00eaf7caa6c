"""Whom a SCIM request reads or writes, for the audit."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from fastapi import Request
from scim2_server.requests import ScimRequest
from sqlalchemy.ext.asyncio import AsyncSession

from shared.audit.audited_operations import Named, Written
from shared.audit.recording import Access, stated_purpose, store_changed, store_read
from shared.auth.caller import Caller
from shared.database.engine import raw

OF_PEOPLE = ("Users", "Groups", "Me", "Bulk", ".search")
SCHEMA = "urn:ietf:params:scim:schemas:core:2.0:"
USER, GROUP = f"{SCHEMA}User", f"{SCHEMA}Group"


def access_of(request: Request, asked: ScimRequest, caller: Caller, *, writing: bool) -> Access | None:
    """What the request does, named without ids; None where it is about nobody.

    Raises Invalid `purpose-required` and `purpose-unknown`.
    """
    first, _, rest = asked.path.strip("/").partition("/")
    if first not in OF_PEOPLE:
        return None
    part = "" if not rest else f"/{rest}" if rest == ".search" else "/{id}"
    operation = f"{asked.method} /scim/v2/{first}{part}"
    return Access(operation, Written() if writing else Named(), caller, stated_purpose(request))


async def record(request: Request, access: Access, session: AsyncSession, body: Any) -> None:
    """Store the entry of a request that was answered: of a write in its transaction, of a read by itself."""
    state = request.app.state
    if isinstance(access.about, Written):
        await session.flush()
        await store_changed(await raw(session), access, request)
    else:
        await store_read(state.database, access, set(_people(body)))


def _people(body: Any) -> Iterator[UUID]:
    if not isinstance(body, dict):
        return
    for resource in body.get("Resources", [body]):
        schemas = resource.get("schemas", ())
        if GROUP in schemas:
            yield from (UUID(member["value"]) for member in resource.get("members", ()))
        elif USER in schemas:
            yield UUID(resource["id"])
