"""The indicator catalogue: content of this release, and what was published since."""

import base64
import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.evaluation.catalogue.definitions import Definition, current
from services.evaluation.tables.targets import definition
from shared.errors import FieldError, Invalid, NotFound
from shared.http.paging import Page

_CONTENT = Path(__file__).parent.parent / "content" / "indicators.json"


@cache
def delivered() -> dict[str, Definition]:
    """Every indicator of this release by its code, in catalogue order; what is computed is computed by these."""
    content = json.loads(_CONTENT.read_text(encoding="utf-8"))
    return {item["code"]: item for item in content["indicators"]}


async def indicators(session: AsyncSession) -> dict[str, Definition]:
    """Every indicator by its code, as its newest definition has it."""
    rows = await session.execute(sa.select(definition.c.code, definition.c.content))
    return current(delivered(), {row.code: row.content for row in rows})


async def indicator(session: AsyncSession, code: str) -> Definition:
    """One indicator. Raises NotFound `indicator-unknown`."""
    found = (await indicators(session)).get(code)
    if found is None:
        raise NotFound("indicator-unknown", "There is no such indicator in the catalogue.")
    return found


async def of_level(session: AsyncSession, level: int) -> list[str]:
    """Codes of the indicators of an evaluation level, 1 reaction to 5 system impact."""
    found = await indicators(session)
    return [code for code, item in found.items() if item["evaluation_level"] == level]


def listing(
    known: Mapping[str, Definition], wanted: Page, chain: str | None, level: int | None, computed: bool | None
) -> dict[str, Any]:
    """A page of the catalogue by code. Raises Invalid `cursor-malformed`."""
    after = wanted.after or ("",)
    if len(after) != 1 or not isinstance(after[0], str):
        error = FieldError("/query/cursor", "malformed", "Use `next` of an earlier page as it was.")
        raise Invalid("cursor-malformed", "The cursor cannot be read.", [error])
    found = [
        item
        for code, item in sorted(known.items())
        if code > after[0]
        and chain in (None, item["chain"])
        and level in (None, item["evaluation_level"])
        and computed in (None, item["computed"])
    ]
    items = found[: wanted.limit]
    following = json.dumps([items[-1]["code"]]).encode() if len(found) > wanted.limit else None
    return {"items": items, "next": base64.urlsafe_b64encode(following).decode() if following else None}
