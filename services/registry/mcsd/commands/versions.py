"""The version that a change was made from."""

import re

from shared.errors import PreconditionFailed

_TAG = re.compile(r'(?:W/)?"([0-9]{1,18})(?:-[0-9a-f]*)?"')


def unless_stale(if_match: str | None, version: int) -> None:
    """Pass where the change names no version, or this one: `W/"3"`. Raises PreconditionFailed `stale-etag`."""
    if if_match is None or if_match.strip() == "*":
        return
    if str(version) not in _TAG.findall(if_match):
        raise PreconditionFailed("stale-etag", "The resource changed since you read it.")
