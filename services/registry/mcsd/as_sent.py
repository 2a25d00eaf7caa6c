"""What was sent comes back as it was sent, as long as Steward's fields still say the same.

Steward has fewer fields than FHIR has elements. An element is stored as it came beside what Steward shows of it;
once that changes, by whichever door, it is Steward's word that is shown. Of people no element is stored that would
hold more about them than Steward does: no address, photo, language, further contact, or day of birth.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

from services.registry.mcsd import sent_people, terms
from services.registry.mcsd.sent_people import wrong

Resource = dict[str, Any]
EXTENSION = "extension"
MOST = 32 << 10  # bytes of one resource, as JSON: a page has up to 1,200 resources
# Elements that are stored as sent, in the order of their definitions.
STORED: dict[str, tuple[str, ...]] = {
    terms.LOCATION: (
        "text", "name", "alias", "description", "mode", "type", "telecom", "address", "physicalType",
        "position", "managingOrganization", "hoursOfOperation", "availabilityExceptions", "endpoint",
    ),
    terms.PRACTITIONER: ("name", "qualification"),
    terms.ROLE_OF: (
        "organization", "code", "specialty", "location", "healthcareService", "telecom", "availableTime",
        "notAvailable", "availabilityExceptions", "endpoint",
    ),
}  # fmt: skip
_ORDER: dict[str, tuple[str, ...]] = {
    terms.LOCATION: (
        "resourceType", "id", "meta", "text", "extension", "identifier", "status", "name", "alias", "description",
        "mode", "type", "telecom", "address", "physicalType", "position", "managingOrganization", "partOf",
        "hoursOfOperation", "availabilityExceptions", "endpoint",
    ),
    terms.ROLE_OF: (
        "resourceType", "id", "meta", "extension", "identifier", "active", "period", "practitioner",
        "organization", "code", "specialty", "location", "healthcareService", "telecom", "availableTime",
        "notAvailable", "availabilityExceptions", "endpoint",
    ),
}  # fmt: skip


# What the elements of a person mean in Steward's fields.
_MEANS = {"name": ("family_name", "given_name"), "qualification": ("cadre",)}
_OF_NAME = ("use", "text", "family", "given", "prefix", "suffix")
_OF_CODING = ("system", "version", "code", "display", "userSelected")


def to_store(sent: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    """The elements of a resource that say more than what is shown of it.

    An element of a person whose fields another source system decides is passed over, as its values are.
    Raises Invalid `resource-invalid` for more than `MOST` bytes.
    """
    kind = sent["resourceType"]
    stated = _of_person(sent, shown) if kind == terms.PRACTITIONER else sent
    differing = [name for name in STORED[kind] if name in stated and stated[name] != shown.get(name)]
    stored = {name: {"sent": stated[name], "shown": shown.get(name)} for name in differing}
    if kind == terms.LOCATION and (others := _of_others(sent)):
        stored[EXTENSION] = {"sent": others, "shown": None}
    if len(msgspec.json.encode([each["sent"] for each in stored.values()])) > MOST:
        names = ", ".join(stored)
        raise wrong(f"/{kind}", "too-long", f"At most {MOST} bytes are stored as sent, of {names}.")
    return stored


def _of_others(sent: Mapping[str, Any]) -> list[Any]:
    """The extensions of a Location that are not Steward's, such as its boundary."""
    return [each for each in sent.get(EXTENSION, ()) if not str(each.get("url", "")).startswith(terms.OWN)]


def _of_person(sent: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    """The form of the name and of the qualification that Steward took, without what more they say of a person."""
    meant, stored = _values(sent), _values(shown)
    name, _ = sent_people.chosen_name(sent)
    stated: dict[str, Any] = {"name": [{part: name[part] for part in _OF_NAME if part in name}]}
    if (place := sent_people.chosen_qualification(sent)) is not None:
        stated["qualification"] = [{"code": _concept(sent["qualification"][place]["code"])}]
    return {
        element: value
        for element, value in stated.items()
        if all(meant[field] == stored[field] for field in _MEANS[element])
    }


def _values(resource: Mapping[str, Any]) -> dict[str, Any]:
    """What a Practitioner means in Steward's fields, without its identifiers: those shown may have other names."""
    return sent_people.person({**resource, "identifier": ()}).values


def _concept(code: Mapping[str, Any]) -> dict[str, Any]:
    found = {"text": code["text"]} if "text" in code else {}
    codings = [{part: each[part] for part in _OF_CODING if part in each} for each in code.get("coding", ())]
    return {"coding": codings, **found} if codings else found


def overlaid(shown: Resource, stored: Mapping[str, Any] | None) -> Resource:
    """A resource as Steward shows it, with what was sent where nothing has changed since."""
    if not stored:
        return shown
    same = {name: each["sent"] for name, each in stored.items() if each["shown"] == shown.get(name)}
    merged = {**shown, **same}
    if EXTENSION in stored:  # beside Steward's own, whatever these are
        merged[EXTENSION] = [*shown.get(EXTENSION, ()), *stored[EXTENSION]["sent"]]
    order = _ORDER.get(shown["resourceType"], tuple(shown))
    return {name: merged[name] for name in (*order, *merged) if name in merged}
