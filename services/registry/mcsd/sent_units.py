"""What a Location that was sent means in the fields of a unit (ITI-130, and pulls by ITI-91)."""

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.registry import record_fields
from services.registry.mcsd import terms
from services.registry.mcsd.sent_people import Identifier, identifiers, read, wrong

Sent = Mapping[str, Any]
LEVELS = ("country", "region", "district", "facility")
_PAIR = {  # the codes of mCSD, and those that it had until 2021
    name: {(terms.PAIR, name), ("urn:ietf:rfc:3986", f"urn:ihe:iti:mcsd:2019:{name}")}
    for name in ("facility", "jurisdiction")
}
_STATUSES = ("active", "suspended", "inactive")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit that was sent. `level` is None where only `jurisdiction` is said; `parent` is as it was written."""

    code: str | None
    values: dict[str, Any]
    level: str | None
    open: bool
    parent: str | None
    identifiers: list[Identifier]


def is_unit(sent: Sent) -> bool:
    """Whether a Location says that it is a facility or a jurisdiction, or which level it has."""
    known = _codings(sent)
    return any((terms.UNIT_LEVEL, level) in known for level in LEVELS) or any(
        not known.isdisjoint(pair) for pair in _PAIR.values()
    )


def unit(sent: Sent) -> Unit:
    """A Location. Raises Invalid with the FHIRPath of what is not taken."""
    name = read(record_fields.NAME.read, sent.get("name") or "", "/Location/name")
    status = sent.get("status", "active")
    if status not in _STATUSES:
        raise wrong("/Location/status", "malformed", "active, suspended or inactive is expected.")
    level = _level(sent)
    values = {"name": name, "type": _kind(sent, level), **_position(sent), **_extensions(sent)}
    parent = sent.get("partOf", {}).get("reference")
    known = identifiers(sent, (terms.UNIT,))
    return Unit(_code(sent), values, level, status != "inactive", parent, known)


def new_code(sent: Unit) -> str:
    """The code of a new unit: its own, else one made of its first identifier, always the same.

    Raises Invalid where it has neither.
    """
    if sent.code is not None:
        return sent.code
    if not sent.identifiers:
        raise wrong("/Location/identifier", "missing", f"A new unit has an identifier, such as {terms.UNIT}.")
    system, value, _ = sent.identifiers[0]
    digest = hashlib.sha256(f"{system}\n{value}".encode()).digest()
    return f"F-{base64.b32encode(digest)[:12].decode()}"


def level_below(level: str | None, parent: str) -> str:
    """The level of a new unit: what was said, else for a jurisdiction the next one below its parent's."""
    if level is not None:
        return level
    return LEVELS[min(LEVELS.index(parent) + 1, 2)]


def _codings(sent: Sent) -> set[tuple[Any, Any]]:
    codings = [coding for each in sent.get("type", ()) for coding in each.get("coding", ())]
    return {(each.get("system"), each.get("code")) for each in codings}


def _level(sent: Sent) -> str | None:
    known = _codings(sent)
    stated = [level for level in LEVELS if (terms.UNIT_LEVEL, level) in known]
    pair = [name for name in _PAIR if not known.isdisjoint(_PAIR[name])]
    if not stated and not pair:
        raise wrong("/Location/type", "missing", f"A type of the system {terms.PAIR} is expected.")
    level = stated[0] if stated else "facility" if pair == ["facility"] else None
    if pair and (pair[0] == "facility") != (level == "facility"):
        raise wrong("/Location/type", "level-order", "The types contradict one another.")
    return level


def _kind(sent: Sent, level: str | None) -> str:
    """What kind of unit it is, in words."""
    for number, each in enumerate(sent.get("type", ())):
        codings = each.get("coding") or [{}]
        if any(
            coding.get("system") in (terms.PAIR, terms.UNIT_LEVEL, "urn:ietf:rfc:3986") for coding in codings
        ):
            continue
        text = each.get("text") or codings[0].get("display") or codings[0].get("code")
        if text:
            return read(record_fields.NAME.read, text, f"/Location/type/{number}")
    return (level or "jurisdiction").capitalize()


def _position(sent: Sent) -> dict[str, float | None]:
    position = sent.get("position", {})
    latitude, longitude = position.get("latitude"), position.get("longitude")
    if (latitude is None) != (longitude is None):
        raise wrong("/Location/position", "position-half", "Latitude and longitude come together.")
    if latitude is None or longitude is None:
        return {"latitude": None, "longitude": None}
    if not (-90 <= float(latitude) <= 90 and -180 <= float(longitude) <= 180):
        raise wrong("/Location/position", "malformed", "The position is not on earth.")
    return {"latitude": float(latitude), "longitude": float(longitude)}


def _extensions(sent: Sent) -> dict[str, Any]:
    """What only extensions of Steward's say: left out, it stays."""
    found: dict[str, Any] = {}
    for number, each in enumerate(sent.get("extension", ())):
        if each.get("url") == terms.OWNERSHIP and each.get("valueString"):
            at = f"/Location/extension/{number}"
            found["ownership"] = read(record_fields.NAME.read, each["valueString"], at)
        elif each.get("url") == terms.RURAL and isinstance(each.get("valueBoolean"), bool):
            found["rural"] = each["valueBoolean"]
    return found


def _code(sent: Sent) -> str | None:
    for number, each in enumerate(sent.get("identifier", ())):
        if each.get("system") == terms.UNIT:
            return read(
                record_fields.CODE.read, each.get("value") or "", f"/Location/identifier/{number}/value"
            )
    return None
