"""Adapting a published framework to a context without losing its codes (DOMAIN section 1).

An overlay adds items, rewords and translates, disables, re-weights and re-targets. It keeps the core
codes, so that results still compare across countries.
"""

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any

from services.assessment.frameworks.languages import laid_over, offered
from services.assessment.frameworks.publication_rules import code_problems, item_problems, text_problems
from shared.errors import FieldError

Content = Mapping[str, Any]

# Where an overlay's texts go over those of the core; weights, values and codes stay the core's.
TRANSLATED = ("domains", "competencies", "levels", "scale", "stems", "relevance", "rater_categories")


def problems(
    overlay: Content, core: Content, competencies: Sequence[str], levels: Sequence[str]
) -> list[FieldError]:
    """Why `overlay` cannot be published over the resolved `core`; empty when it can."""
    return [
        # An overlay need not list the core's codes; when it does, all of them and no other.
        *(code_problems(overlay, "competencies", competencies) if "competencies" in overlay else ()),
        *(code_problems(overlay, "levels", levels) if "levels" in overlay else ()),
        *_disabled(overlay, core, competencies, levels),
        *_reworded(overlay, core),
        *_added(overlay, core, competencies, levels),
        *_named(overlay, "weights", competencies),
        *_named(overlay, "targets", competencies),
    ]


def resolve(overlay: Content, core: Content, competencies: Sequence[str]) -> dict[str, Any]:
    """The framework as it is asked under a valid overlay: core items first within each competency."""
    disabled = set(overlay.get("disabled_items", ()))
    wording = overlay.get("renamed_items", {})
    items = [_worded(item, wording.get(item["code"], {})) for item in core["items"]]
    asked = [item for item in items if item["code"] not in disabled] + list(overlay.get("items", ()))
    asked.sort(key=lambda item: competencies.index(item["competency"]))
    resolved = {
        **core,
        **{name: laid_over(core[name], overlay.get(name)) for name in TRANSLATED if name in core},
        "code": overlay["code"],
        "version": overlay["version"],
        "core": {"code": core["code"], "version": core["version"]},
        "name": overlay["name"],
        "description": overlay.get("description", core.get("description", {})),
        "themes": list(overlay.get("themes", ())),
        "items": asked,
        "disabled": [item for item in items if item["code"] in disabled] + list(core.get("disabled", ())),
        "weights": dict(overlay.get("weights", {})),
        "targets": dict(overlay.get("targets", {})),
    }
    added = [tag for tag in overlay.get("languages", ()) if tag not in core["languages"]]
    return {**resolved, "languages": offered({**resolved, "languages": [*core["languages"], *added]})}


def _worded(item: Content, wording: Content) -> dict[str, Any]:
    """A core item with an overlay's texts laid over its own, language by language."""
    return {**item, **{name: {**item[name], **(wording.get(name) or {})} for name in ("text", "self_text")}}


def _disabled(
    overlay: Content, core: Content, competencies: Sequence[str], levels: Sequence[str]
) -> list[FieldError]:
    codes = {item["code"] for item in core["items"]}
    disabled = list(overlay.get("disabled_items", ()))
    errors = [
        FieldError(f"/disabled_items/{place}", "item-unknown", f"{code} is no core item.")
        for place, code in enumerate(disabled)
        if code not in codes
    ]
    left = {(i["competency"], i["level"]) for i in core["items"] if i["code"] not in set(disabled)}
    return errors + [
        FieldError("/disabled_items", "core-code-dropped", f"No core item of {competency}-{level} is left.")
        for competency, level in product(competencies, levels)
        if (competency, level) not in left
    ]


def _reworded(overlay: Content, core: Content) -> list[FieldError]:
    codes = {item["code"] for item in core["items"]}
    errors = []
    for code, wording in overlay.get("renamed_items", {}).items():
        if code not in codes:
            errors.append(FieldError(f"/renamed_items/{code}", "item-unknown", f"{code} is no core item."))
        if wording.get("code", code) != code:
            errors.append(
                FieldError(f"/renamed_items/{code}/code", "core-code-renamed", "Codes do not change.")
            )
    return errors


def _added(
    overlay: Content, core: Content, competencies: Sequence[str], levels: Sequence[str]
) -> list[FieldError]:
    items = overlay.get("items", ())
    codes = {item["code"] for item in (*core["items"], *core.get("disabled", ()))}
    taken = [
        FieldError(f"/items/{place}/code", "core-code-changed", f"{item['code']} is a code of the core.")
        for place, item in enumerate(items)
        if item["code"] in codes
    ]
    texts = text_problems({"items": items}, core["default_language"])
    return taken + item_problems(items, competencies, levels) + texts


def _named(overlay: Content, name: str, competencies: Sequence[str]) -> list[FieldError]:
    return [
        FieldError(f"/{name}/{code}", "competency-unknown", f"{code} is not a competency.")
        for code in overlay.get(name, {})
        if code not in competencies
    ]
