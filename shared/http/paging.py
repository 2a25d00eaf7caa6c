"""Cursor pages over any ordered select: stable under inserts, no offset to count."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from fastapi import Depends, Query
from sqlalchemy.ext.asyncio import AsyncSession

from shared.errors import FieldError, Invalid


class Page(msgspec.Struct, frozen=True):
    """What the caller asked for: how many items, after which one."""

    limit: int
    after: tuple[Any, ...] | None


def paging(
    limit: Annotated[int, Query(ge=1, le=200, description="Items a page.")] = 50,
    cursor: Annotated[str | None, Query(max_length=512, description="`next` of the page before.")] = None,
) -> Page:
    """Read `limit` and `cursor`. Raises Invalid `cursor-malformed`."""
    if cursor is None:
        return Page(limit, None)
    try:
        values = msgspec.json.decode(base64.urlsafe_b64decode(cursor.encode()), type=list[Any])
    except (ValueError, binascii.Error, msgspec.MsgspecError, RecursionError):
        raise _malformed() from None
    return Page(limit, tuple(values))


Paging = Annotated[Page, Depends(paging)]


def _malformed() -> Invalid:
    error = FieldError("/query/cursor", "malformed", "Use `next` of an earlier page as it was.")
    return Invalid("cursor-malformed", "The cursor cannot be read.", [error])


async def page(
    session: AsyncSession,
    select: sa.Select[Any],
    keys: Sequence[sa.ColumnElement[Any]],
    wanted: Page,
) -> dict[str, Any]:
    """One page of `select` in ascending order of `keys`, which must be unique together and selected.

    Returns ``{"items": [row as dict, ...], "next": cursor or None}``.
    """
    if wanted.after is not None:
        select = select.where(sa.tuple_(*keys) > sa.tuple_(*_bounds(keys, wanted.after)))
    rows = (await session.execute(select.order_by(*keys).limit(wanted.limit + 1))).mappings().all()
    more = len(rows) > wanted.limit
    items = [dict(row) for row in rows[: wanted.limit]]
    return {"items": items, "next": _cursor(items[-1], keys) if more else None}


def _cursor(item: Mapping[str, Any], keys: Sequence[sa.ColumnElement[Any]]) -> str:
    values = [item[key.key or ""] for key in keys]
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode()


def _bounds(keys: Sequence[sa.ColumnElement[Any]], after: tuple[Any, ...]) -> list[sa.ColumnElement[Any]]:
    """The cursor's values as the types of the key columns."""
    if len(after) != len(keys):
        raise _malformed()
    try:
        return [
            sa.literal(_typed(value, key.type.python_type), key.type)
            for key, value in zip(keys, after, strict=True)
        ]
    except (ValueError, TypeError, AttributeError):
        raise _malformed() from None


def _typed(value: Any, kind: type[Any]) -> Any:
    if kind is UUID:
        return UUID(value)
    if kind in (date, datetime):
        return kind.fromisoformat(value)
    if not isinstance(value, kind):
        raise TypeError
    return value
