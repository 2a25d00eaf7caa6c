"""Posts over HTTP: a person in a role at a unit."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import RowMapping

from services.registry.access.queries import may_keep
from services.registry.field_types import CodeQuery, DayQuery, ExternalIdQuery, SystemQuery
from services.registry.leavings.leaving import Leaving
from services.registry.posts.api.models import Post, PostChange, PostEnd, Posts, PostToCreate, PostVersions
from services.registry.posts.commands.posts import (
    change_post,
    create_post,
    end_post,
    find_post,
    withdraw_post,
)
from services.registry.posts.queries import get_post, is_inside, list_posts, post_versions
from services.registry.source_systems.queries import writer_of_one
from shared.auth import rights
from shared.database.engine import raw
from shared.directory.authorization import require_unit
from shared.errors import FieldError, Invalid, NotFound
from shared.http import Caller, CommandRoute, Paging, Reads, Writes, check_if_match, check_if_match_sent, etag

KEEP = "post.keep"
router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["posts"])


@router.get("/posts", summary="Posts that you may see", response_model=Posts)
async def posts_list(
    session: Reads,
    caller: Caller,
    paging: Paging,
    person: UUID | None = None,
    unit: CodeQuery = None,
    under: CodeQuery = None,
    role: CodeQuery = None,
    external_id: ExternalIdQuery = None,
    system: SystemQuery = None,
    on: DayQuery = None,
) -> Any:
    """Posts that you may see: inside your units by role, your own, and those that report to you.

    `external_id` and `system` find posts of source systems that you are bound to.
    """
    return await list_posts(
        session,
        caller,
        paging,
        person_id=person,
        unit_code=unit,
        under=under,
        role_code=role,
        external_id=external_id,
        system=system,
        on=on,
    )


@router.post("/posts", summary="Record who holds a post", status_code=201, response_model=Post)
async def post_create(
    body: PostToCreate, session: Writes, caller: Caller, response: Response, system: SystemQuery = None
) -> Any:
    """Give a person a post. `system` is the source system that you write as, where you are bound to several."""
    try:
        await may_keep(session, caller, body.person_id)
    except NotFound:
        error = FieldError(
            "/person_id", "person-unknown", "There is no such person, or none that you may see."
        )
        raise Invalid("person-unknown", "The person does not exist.", [error]) from None
    await require_unit_of(session, caller, body.unit_code)
    await _require_manager(session, caller, body.manager_post_id)
    writer = await writer_of_one(await raw(session), caller, system, "posts", body.external_id)
    post_id = await create_post(session, _columns(body.model_dump()), writer)
    response.headers["Location"] = f"/v1/posts/{post_id}"
    return await answer(session, caller, post_id, response)


@router.get("/posts/{post_id}", summary="One post", response_model=Post)
async def post_read(post_id: UUID, session: Reads, caller: Caller, response: Response) -> Any:
    """One post."""
    return await answer(session, caller, post_id, response)


@router.patch("/posts/{post_id}", summary="Change a post", response_model=Post)
async def post_change(
    post_id: UUID, body: PostChange, session: Writes, caller: Caller, request: Request, response: Response
) -> Any:
    """Change a post. Needs If-Match; what it was stays readable under /versions.

    With `as_of` the answer may be a new post, which has the external id from now on: see `Location`.
    """
    stored = await _keeping(session, caller, post_id)
    values = body.model_dump(exclude_unset=True, exclude={"as_of"})
    if body.unit_code is not None:
        await require_unit_of(session, caller, body.unit_code)
    if body.manager_post_id != stored["manager_post_id"]:
        await _require_manager(session, caller, body.manager_post_id)
    check_if_match(request, stored["version"])
    changed = await change_post(session, post_id, _columns(values), caller.subject_key, body.as_of)
    response.headers["Location"] = f"/v1/posts/{changed}"
    return await answer(session, caller, changed, response)


@router.post("/posts/{post_id}/end", summary="End a post", response_model=Post | None)
async def post_end(
    post_id: UUID, body: PostEnd, session: Writes, caller: Caller, request: Request, response: Response
) -> Any:
    """End a post on its last day, which may be to come; a withdrawn one answers null."""
    stored = await _keeping(session, caller, post_id)
    check_if_match_sent(request, stored["version"])
    if body.last_day is None:
        await withdraw_post(session, post_id, caller.subject_key)
        return None
    leaving = Leaving(body.reason, body.destination)
    await end_post(session, post_id, body.last_day, caller.subject_key, leaving)
    return await answer(session, caller, post_id, response)


@router.get(
    "/posts/{post_id}/versions", summary="How a post was recorded over time", response_model=PostVersions
)
async def post_history(post_id: UUID, session: Reads, caller: Caller, paging: Paging) -> Any:
    """Everything the post was and is, oldest first; withdrawn ones too."""
    return await post_versions(session, caller, post_id, paging)


async def _keeping(session: Writes, caller: Caller, post_id: UUID) -> RowMapping:
    """A post that the caller keeps, locked: inside its units."""
    rights.require(caller, KEEP)
    shown = await get_post(session, caller, post_id)
    await require_unit_of(session, caller, shown["unit_code"])
    return await find_post(session, post_id)


async def _require_manager(session: Writes, caller: Caller, post_id: UUID | None) -> None:
    """Who is somebody's manager rates them: a post of another district is answered as none is."""
    if post_id is not None and not await is_inside(session, caller, post_id):
        error = FieldError("/manager_post_id", "manager-unknown", "There is no such post inside your units.")
        raise Invalid("manager-unknown", "The manager's post does not exist.", [error])


async def require_unit_of(session: Writes, caller: Caller, code: str) -> None:
    """Pass where the caller keeps posts at the unit. Raises as `require_unit`, Invalid for none."""
    try:
        await require_unit(session, caller, KEEP, code)
    except NotFound:
        error = FieldError("/unit_code", "unit-unknown", "There is no such unit.")
        raise Invalid("unit-unknown", "The unit does not exist.", [error]) from None


def _columns(values: dict[str, Any]) -> dict[str, Any]:
    """The body's fields as columns: what a source says of primary is a claim."""
    claim = {"primary_claim": values.pop("primary")} if "primary" in values else {}
    return {**values, **claim}


async def answer(session: Reads, caller: Caller, post_id: UUID, response: Response) -> Any:
    """A post with its entity tag."""
    found = await get_post(session, caller, post_id)
    response.headers["ETag"] = etag(found["version"])
    return found
