"""The indicator catalogue: content of this release, the same for every caller."""

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

from shared.errors import FieldError, Invalid, NotFound
from shared.http.paging import Page

_CONTENT = Path(__file__).parent.parent / "content" / "indicators.json"


@cache
def indicators() -> dict[str, dict[str, Any]]:
    """Every indicator by its code, in catalogue order."""
    content = json.loads(_CONTENT.read_text(encoding="utf-8"))
    return {item["code"]: item for item in content["indicators"]}


def indicator(code: str) -> dict[str, Any]:
    """One indicator. Raises NotFound `indicator-unknown`."""
    found = indicators().get(code)
    if found is None:
        raise NotFound("indicator-unknown", "There is no such indicator in the catalogue.")
    return found


def of_level(level: int) -> list[str]:
    """Codes of the indicators of an evaluation level, 1 reaction to 5 system impact."""
    return [code for code, item in indicators().items() if item["evaluation_level"] == level]


def listing(wanted: Page, chain: str | None, level: int | None, computed: bool | None) -> dict[str, Any]:
    """A page of the catalogue by code. Raises Invalid `cursor-malformed`."""
    after = wanted.after or ("",)
    if len(after) != 1 or not isinstance(after[0], str):
        error = FieldError("/query/cursor", "malformed", "Use `next` of an earlier page as it was.")
        raise Invalid("cursor-malformed", "The cursor cannot be read.", [error])
    found = [
        item
        for code, item in sorted(indicators().items())
        if code > after[0]
        and chain in (None, item["chain"])
        and level in (None, item["evaluation_level"])
        and computed in (None, item["computed"])
    ]
    items = found[: wanted.limit]
    following = json.dumps([items[-1]["code"]]).encode() if len(found) > wanted.limit else None
    return {"items": items, "next": base64.urlsafe_b64encode(following).decode() if following else None}
