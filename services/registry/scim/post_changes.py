"""What a client's list of somebody's posts changes: which begin, which change, which are over.

The list has the posts of today and to come. A post that is not in it any more is over; posts that ended before
stay history, whatever the list says. A post is met again by its id, else by unit, role and first day. One that had
ended, and is in the list without a last day, goes on from today; the post that then follows it is met in its
place, so that the same list changes nothing when it comes again.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from services.registry.scim.user_fields import WantedPost

Row = Mapping[str, Any]
_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class PostChange:
    """Columns of a stored post to change; `as_of`: from that day on, the days before stay as they were."""

    post: Row
    values: Mapping[str, Any]
    as_of: date | None = None


@dataclass(frozen=True, slots=True)
class PostChanges:
    """Everything that a list changes, in this order: over, changed, begun."""

    over: Sequence[Row]
    changed: Sequence[PostChange]
    begun: Sequence[WantedPost]


def distinct(posts: Sequence[WantedPost]) -> list[WantedPost]:
    """Of several posts of one unit, role and first day the last one: adding it again changes it."""
    found: dict[tuple[str, str, date], WantedPost] = {}
    for post in posts:
        key = (*_place(post), post.valid_from)
        before = found.get(key, post)
        found[key] = replace(post, post_id=post.post_id or before.post_id)
    return list(found.values())


def with_since(posts: Sequence[Row]) -> list[dict[str, Any]]:
    """The posts, earliest first, each with `since`: from when on its unit and role were held without a gap."""
    found: list[dict[str, Any]] = []
    ended: dict[tuple[str, str, date], date] = {}
    for post in posts:
        place = (post["unit_code"], post["role_code"])
        began: date = post["valid_from"]
        since = ended.get((*place, began - _DAY), began)
        if post["valid_to"] is not None:
            ended[(*place, post["valid_to"])] = since
        found.append({**post, "since": since})
    return found


def compare(wanted: Sequence[WantedPost], stored: Sequence[Row], today: date) -> PostChanges:
    """What `wanted`, distinct posts, changes of all `stored` posts of a person, which have `since`."""
    left = {str(row["post_id"]): row for row in stored}
    met: list[tuple[WantedPost, Row]] = []
    begun: list[WantedPost] = []
    for post in sorted(wanted, key=lambda post: post.post_id is None):
        row = _met(post, left, today)
        if row is None:
            begun.append(post)
        else:
            del left[str(row["post_id"])]
            met.append((post, row))
    changes = [change for post, row in met if (change := _change(post, row, today)) is not None]
    return PostChanges([row for row in left.values() if _lasts(row, today)], changes, begun)


def _met(post: WantedPost, left: Mapping[str, Row], today: date) -> Row | None:
    if post.post_id is not None and post.post_id in left:
        return left[post.post_id]
    same = [row for row in left.values() if (row["unit_code"], row["role_code"]) == _place(post)]
    exact = [row for row in same if post.valid_from in (row["since"], row["valid_from"])]
    lasting = [row for row in exact if _lasts(row, today)]
    if lasting:
        return lasting[0]
    if not exact or (post.valid_to is not None and post.valid_to < today):
        return exact[-1] if exact else None
    follows = [row for row in same if _lasts(row, today) and row["valid_from"] > post.valid_from]
    return min(follows, key=lambda row: row["valid_from"]) if follows else exact[-1]


def _change(post: WantedPost, row: Row, today: date) -> PostChange | None:
    wanted = {
        "unit_code": post.unit_code,
        "role_code": post.role_code,
        "valid_from": post.valid_from,
        "valid_to": post.valid_to,
        "acting": post.acting,
    }
    if post.primary is not None:
        wanted["primary_claim"] = post.primary
    if post.post_id is None or post.valid_from == row["since"]:
        del wanted["valid_from"]  # it is the one that was meant, or follows it
    values = {column: value for column, value in wanted.items() if row[column] != value}
    if not values:
        return None
    return PostChange(row, values, _as_of(values, row, today))


def _as_of(values: Mapping[str, Any], row: Row, today: date) -> date | None:
    """Today, where days already past would change otherwise; `primary` has no days and is of the whole post."""
    if values.keys() == {"primary_claim"}:
        first: date = row["valid_from"]
        return first
    if "valid_from" in values:
        return None  # a correction of the first day: stated as such, and refused where it changes past days
    put_off = "valid_to" in values and row["valid_to"] is not None and row["valid_to"] < today
    lifted = "valid_to" in values and row["valid_to"] is not None and values["valid_to"] is None
    other = any(column in values for column in ("unit_code", "role_code", "acting", "primary_claim"))
    return today if row["valid_from"] < today and (put_off or lifted or other) else None


def _place(post: WantedPost) -> tuple[str, str]:
    return post.unit_code, post.role_code


def _lasts(row: Row, today: date) -> bool:
    return row["valid_to"] is None or row["valid_to"] >= today


def last_day_before(today: date) -> date:
    """The last day of a post that is not in the list any more."""
    return today - _DAY
