"""Figures of a round's totals, and which portions of them are withheld: from rows of `total_cell`. Pure."""

from collections.abc import Mapping
from typing import Any

from shared.portions import Portion, told

Figures = tuple[int | None, ...]


def sums(rows: Mapping[str, Any]) -> dict[str, tuple[int, ...]]:
    """The figures of each unit with all units below it."""
    wide = max((len(row["own_figures"]) for row in rows.values()), default=0)
    found = {code: [0] * wide for code in rows}
    for row in rows.values():
        for code in row["path"]:
            if code in found:
                for place, figure in enumerate(row["own_figures"]):
                    found[code][place] += figure
    return {code: tuple(figures) for code, figures in found.items()}


def portions_told(rows: Mapping[str, Any], fresh: Mapping[str, tuple[int, Figures]]) -> set[str]:
    """The units of `fresh` (people and figures as they move) whose first figure, a portion, is told."""
    parents = {code: _above(row["path"], rows) for code, row in rows.items()}
    standing = {code: _standing(row) for code, row in rows.items()}
    last = {code: Portion(*row["told"]) if row["told"] else None for code, row in rows.items()}
    moving = {code: Portion(people, figures[0] or 0) for code, (people, figures) in fresh.items()}
    return told(parents, standing, last, moving)


def withheld(figures: Figures) -> Figures:
    """The same without their portion."""
    return (None, *figures[1:])


def _above(path: list[str], rows: Mapping[str, Any]) -> str | None:
    return next((code for code in reversed(path[:-1]) if code in rows), None)


def _standing(row: Any) -> Portion | None:
    """What is told of a unit now."""
    known = row["people"] is not None and row["figures"] and row["figures"][0] is not None
    return Portion(row["people"], row["figures"][0]) if known else None
