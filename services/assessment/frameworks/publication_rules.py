"""What a framework version must be before it may be published.

Figures travel as arrays in framework order, so competencies, levels and the scale are the platform's
own; items, wording and weights are the framework's.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from services.assessment.scoring.anonymity import CATEGORIES, SELF
from shared.errors import FieldError

Content = Mapping[str, Any]


def problems(content: Content, competencies: Sequence[str], levels: Sequence[str]) -> list[FieldError]:
    """Why `content` cannot be published as a framework; empty when it can."""
    return [
        *code_problems(content, "competencies", competencies),
        *code_problems(content, "levels", levels),
        *_scale(content),
        *_categories(content["rater_categories"]),
        *item_problems(content["items"], competencies, levels),
        *_uncovered(content["items"], competencies, levels),
        *text_problems(content, content["default_language"]),
    ]


def successor_problems(content: Content, before: Content) -> list[FieldError]:
    """Which codes of the version published before are missing or changed meaning."""
    here = {item["code"]: item for item in (*content["items"], *content.get("disabled", ()))}
    errors = []
    for item in (*before["items"], *before.get("disabled", ())):
        now = here.get(item["code"])
        if now is None:
            errors.append(FieldError("/items", "core-code-dropped", f"{item['code']} was published before."))
        elif (now["competency"], now["level"]) != (item["competency"], item["level"]):
            errors.append(FieldError("/items", "core-code-changed", f"{item['code']} meant something else."))
    return errors


def code_problems(content: Content, name: str, expected: Sequence[str]) -> list[FieldError]:
    """Codes that are missing, foreign or out of order in a list of `content`."""
    found = [part["code"] for part in content[name]]
    errors = [
        FieldError(f"/{name}", "core-code-dropped", f"{code} is missing.")
        for code in expected
        if code not in found
    ]
    errors += [
        FieldError(
            f"/{name}/{place}/code", "core-code-renamed", f"{code} is not one of {', '.join(expected)}."
        )
        for place, code in enumerate(found)
        if code not in expected
    ]
    if not errors and found != list(expected):
        errors.append(FieldError(f"/{name}", "order", f"The order is {', '.join(expected)}, each once."))
    return errors


def item_problems(
    items: Sequence[Content], competencies: Sequence[str], levels: Sequence[str]
) -> list[FieldError]:
    """Codes that repeat, or do not say the competency and level that the item belongs to."""
    errors = []
    times = Counter(item["code"] for item in items)
    for place, item in enumerate(items):
        if times[item["code"]] > 1:
            errors.append(FieldError(f"/items/{place}/code", "repeated", f"{item['code']} is there twice."))
        if item["competency"] not in competencies:
            detail = f"{item['competency']} is not a competency."
            errors.append(FieldError(f"/items/{place}/competency", "competency-unknown", detail))
        elif item["level"] not in levels:
            errors.append(
                FieldError(f"/items/{place}/level", "level-unknown", f"{item['level']} is no level.")
            )
        elif not item["code"].startswith(f"{item['competency']}-{item['level']}-"):
            detail = f"{item['code']} does not start with {item['competency']}-{item['level']}-."
            errors.append(FieldError(f"/items/{place}/code", "code-mismatch", detail))
    return errors


def text_problems(content: Content, default: str) -> list[FieldError]:
    """Items whose texts lack the default language, which every fallback ends in."""
    return [
        FieldError(f"/items/{place}/{name}", "text-missing", f"There is no text in {default}.")
        for place, item in enumerate(content["items"])
        for name in ("text", "self_text")
        if default not in item[name]
    ]


def _scale(content: Content) -> list[FieldError]:
    if (content["scale"]["minimum"], content["scale"]["maximum"]) == (1, 5):
        return []
    return [FieldError("/scale", "scale", "Ratings are 1 to 5.")]


def _categories(categories: Sequence[Content]) -> list[FieldError]:
    weights = {category["code"]: category["weight"] for category in categories}
    if set(weights) != {SELF, *CATEGORIES} or len(weights) != len(categories):
        detail = f"There are {', '.join((SELF, *CATEGORIES))}, each once."
        return [FieldError("/rater_categories", "categories", detail)]
    if weights[SELF] != 0 or sum(weights.values()) == 0:
        return [FieldError("/rater_categories", "weights", "self weighs 0, and some other category more.")]
    return []


def _uncovered(
    items: Sequence[Content], competencies: Sequence[str], levels: Sequence[str]
) -> list[FieldError]:
    covered = {(item["competency"], item["level"]) for item in items}
    return [
        FieldError("/items", "competency-uncovered", f"{competency} has no item at level {level}.")
        for competency, level in product(competencies, levels)
        if (competency, level) not in covered
    ]
