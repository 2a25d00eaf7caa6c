"""Posts of a user, as the client's list has them: through the commands of every other door."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.posts.commands.posts import change_post, create_post, end_post, withdraw_post
from services.registry.roles.commands import find_role
from services.registry.scim.commands.author import Author
from services.registry.scim.post_changes import PostChange, Row, compare, last_day_before
from services.registry.scim.user_fields import WantedPost
from services.registry.source_systems.queries import writer_of
from shared import clock
from shared.auth.caller import Caller
from shared.database.engine import raw
from shared.directory.authorization import require_unit
from shared.errors import FieldError, Forbidden, Invalid, NotFound

KEEP = "post.keep"
_POSTS = "urn:steward:scim:schemas:extension:health:1.0:User:posts"
_FACILITY, _ROLE = f"{_POSTS}.facilityCode", f"{_POSTS}.roleCode"


async def keep_posts(
    session: AsyncSession,
    author: Author,
    person_id: UUID,
    stored: Sequence[Row],
    wanted: Sequence[WantedPost],
) -> None:
    """Let the person hold exactly the `wanted` posts from today on, inside the caller's units.

    Raises what the commands of posts raise, Forbidden `role-missing` or `unit-out-of-scope`, and as `writer_of`.
    """
    changes = compare(wanted, stored, clock.today())
    if not (changes.over or changes.changed or changes.begun):
        return
    caller = author.caller
    writer = await writer_of(await raw(session), caller, author.named, "posts")
    for row in changes.over:
        await _end(session, caller, row)
    for change in changes.changed:
        await _change(session, caller, change)
    for post in changes.begun:
        await _inside(session, caller, post.unit_code)
        values = {
            "person_id": person_id,
            "unit_code": post.unit_code,
            "role_code": post.role_code,
            "valid_from": post.valid_from,
            "valid_to": post.valid_to,
            "acting": post.acting,
            "primary_claim": bool(post.primary),
            "manager_post_id": None,
        }
        await create_post(session, values, writer)


async def waiting(
    session: AsyncSession, caller: Caller, wanted: Sequence[WantedPost]
) -> list[dict[str, Any]]:
    """The list as it is stored of somebody who does not work, in the words of the resource.

    Raises Invalid `unit-unknown` or `role-unknown`, Forbidden `role-missing` or `unit-out-of-scope`.
    """
    for post in wanted:
        await _inside(session, caller, post.unit_code)
        if await find_role(session, post.role_code) is None:
            error = FieldError(_ROLE, "role-unknown", "There is no such role.")
            raise Invalid("role-unknown", "There is no such role.", [error])
    return [_stated(post) for post in wanted]


def _stated(post: WantedPost) -> dict[str, Any]:
    return {
        "facility_code": post.unit_code,
        "role_code": post.role_code,
        "start": post.valid_from.isoformat(),
        "end": post.valid_to and post.valid_to.isoformat(),
        "primary": post.primary,
        "acting": post.acting,
    }


async def _change(session: AsyncSession, caller: Caller, change: PostChange) -> None:
    await _inside(session, caller, change.post["unit_code"])
    if "unit_code" in change.values:
        await _inside(session, caller, change.values["unit_code"])
    await change_post(session, change.post["post_id"], change.values, caller.subject_key, change.as_of)


async def _end(session: AsyncSession, caller: Caller, row: Row) -> None:
    try:
        await require_unit(session, caller, KEEP, row["unit_code"])
    except Forbidden as refused:
        if refused.code != "unit-out-of-scope":
            raise
        return  # somebody else's to say
    today = clock.today()
    if row["valid_from"] >= today:
        await withdraw_post(session, row["post_id"], caller.subject_key)
    else:
        await end_post(session, row["post_id"], last_day_before(today), caller.subject_key)


async def _inside(session: AsyncSession, caller: Caller, unit_code: str) -> None:
    try:
        await require_unit(session, caller, KEEP, unit_code)
    except NotFound:
        error = FieldError(_FACILITY, "unit-unknown", "There is no such unit.")
        raise Invalid("unit-unknown", "The unit does not exist.", [error]) from None
