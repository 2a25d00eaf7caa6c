"""The content files, read as they are shipped, and the walks the tests share."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2] / "services"
FILES = sorted(ROOT.glob("*/content/*.json"))
SETTINGS = {
    "facility": {"PL", "QM", "HR", "SC"},
    "district": {"SE", "RM", "IM", "PL"},
    "national": {"VS", "GV", "CL", "SE"},
}


def load(path: str) -> Any:
    """One content file, e.g. ``assessment/content/framework.json``."""
    return json.loads((ROOT / path).read_text(encoding="utf-8"))


def language_maps(value: Any) -> Iterator[dict[str, str]]:
    """Every language map inside a content value."""
    if isinstance(value, dict):
        if "en" in value or "fr" in value:
            yield value
        else:
            for inner in value.values():
                yield from language_maps(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from language_maps(inner)
