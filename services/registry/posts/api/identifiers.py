"""Identifiers of posts over HTTP: what source systems call them."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import RowMapping

from services.registry.field_types import CodePath, IdentifierValue
from services.registry.posts.api.models import Post
from services.registry.posts.api.posts import KEEP, answer, require_unit_of
from services.registry.posts.commands.identifiers import identify_post, unidentify_post
from services.registry.posts.commands.posts import find_post
from services.registry.posts.queries import get_post
from services.registry.source_systems.commands import share_imports
from services.registry.source_systems.queries import Writer, writer_of
from shared.auth import rights
from shared.auth.caller import Caller as VerifiedCaller
from shared.database.engine import raw
from shared.http import Caller, CommandRoute, Writes, check_if_match

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["posts"])


@router.put(
    "/posts/{post_id}/identifiers/{system}", summary="Say what a system calls a post", response_model=Post
)
async def post_identify(
    post_id: UUID,
    system: CodePath,
    body: IdentifierValue,
    session: Writes,
    caller: Caller,
    request: Request,
    response: Response,
) -> Any:
    """Let a source system that you are bound to call the post so: its next load meets the post under that name.

    Needs the post's ETag as If-Match.
    """
    row, writer = await _found(session, caller, request, post_id, system)
    await identify_post(session, row, body.value, writer)
    return await answer(session, caller, post_id, response)


@router.delete(
    "/posts/{post_id}/identifiers/{system}",
    summary="Take away what a system calls a post",
    response_model=Post,
)
async def post_unidentify(
    post_id: UUID, system: CodePath, session: Writes, caller: Caller, request: Request, response: Response
) -> Any:
    """The source system calls the post nothing any more. Needs the post's ETag as If-Match."""
    row, writer = await _found(session, caller, request, post_id, system)
    await unidentify_post(session, row, writer)
    return await answer(session, caller, post_id, response)


async def _found(
    session: Writes, caller: VerifiedCaller, request: Request, post_id: UUID, system: str
) -> tuple[RowMapping, Writer]:
    """The post, locked after imports of the system, and the writer."""
    rights.require(caller, KEEP)
    shown = await get_post(session, caller, post_id)
    await require_unit_of(session, caller, shown["unit_code"])
    writer = await writer_of(await raw(session), caller, system, "posts", "/path/system")
    await share_imports(session, writer.source)
    row = await find_post(session, post_id)
    check_if_match(request, row["version"])
    return row, writer
