"""Which language a reader gets: language maps to one text each, with a fallback chain."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")
_RANGE = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?))?\s*")


def wanted(header: str | None) -> list[str]:
    """Language tags of an Accept-Language header, best first; what cannot be read is left out.

    RFC 9110 section 12.5.4: quality 0 means not acceptable, equal qualities keep their order.
    """
    found = []
    for place, part in enumerate((header or "")[:512].split(",")):
        match = _RANGE.fullmatch(part)
        if match and match[1] != "*" and (quality := float(match[2] or 1)) > 0:
            found.append((-quality, place, match[1].lower()))
    return [tag for _, _, tag in sorted(found)]


def chain(tags: Sequence[str], available: Sequence[str], default: str) -> list[str]:
    """The available languages to try in turn: each tag, then its shorter forms, at last the default.

    RFC 4647 section 3.4 (lookup): `fr-CH` finds `fr` when there is no `fr-CH`.
    """
    known = {language.lower(): language for language in available}
    found: list[str] = []
    for tag in tags:
        parts = tag.lower().split("-")
        found += [known[key] for end in range(len(parts), 0, -1) if (key := "-".join(parts[:end])) in known]
    return list(dict.fromkeys([*found, default]))


def offered(content: Mapping[str, Any]) -> list[str]:
    """The languages of a framework version: those that it declares, then those that any of its texts has."""
    declared = list(content.get("languages", ()))
    return [*declared, *sorted(_spoken(content) - set(declared))]


def _spoken(content: Any) -> set[str]:
    if isinstance(content, list):
        return set[str]().union(*map(_spoken, content))
    if not isinstance(content, dict):
        return set()
    if is_text(content):
        return set(content)
    return set[str]().union(*map(_spoken, content.values()))


def laid_over(own: Any, others: Any) -> Any:
    """`own` with the texts of `others` over its own, language by language, wherever both have one.

    Parts of a list are found by their code or value. Nothing but texts is taken.
    """
    if isinstance(own, list):
        known = {_key(part): part for part in others} if isinstance(others, list) else {}
        return [laid_over(part, known.get(_key(part))) for part in own]
    if not isinstance(own, dict) or not isinstance(others, dict):
        return own
    if is_text(own):
        return {**own, **others} if is_text(others) else own
    return {name: laid_over(part, others.get(name)) for name, part in own.items()}


def _key(part: Any) -> Any:
    named = isinstance(part, dict) and (part.get("code"), part.get("value"))
    return named if named and named != (None, None) else None


def localised(content: Any, languages: Sequence[str]) -> Any:
    """`content` with every language map replaced by its text in the first language it has."""
    if isinstance(content, list):
        return [localised(item, languages) for item in content]
    if not isinstance(content, dict):
        return content
    if is_text(content):
        return next((content[tag] for tag in languages if tag in content), next(iter(content.values())))
    return {key: localised(value, languages) for key, value in content.items()}


def is_text(value: Mapping[str, Any]) -> bool:
    """Whether a JSON object is a language map: only language tags, only texts."""
    return bool(value) and all(
        isinstance(text, str) and _TAG.fullmatch(tag) is not None for tag, text in value.items()
    )
