"""The same intervention as stored content and as an event's entry: values in, values out."""

from collections.abc import Mapping
from typing import Any

import msgspec

from shared.events.planning import CatalogueEntry, ExpectedGain


def entry(content: Mapping[str, Any]) -> CatalogueEntry:
    """An intervention as events carry it."""
    same = {name: content[name] for name in CatalogueEntry.__struct_fields__ if name in content}
    gains = [ExpectedGain(**part) for part in content["competencies"]]
    return CatalogueEntry(**(same | {"title": content["name"], "competencies": gains}))


def entry_content(of: CatalogueEntry) -> dict[str, Any]:
    """An intervention as it is stored and answered, from an event."""
    content: dict[str, Any] = msgspec.to_builtins(of)
    return {"code": content.pop("code"), "name": content.pop("title"), **content}
