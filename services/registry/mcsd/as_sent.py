"""What was sent comes back as it was sent, as long as Steward's fields still say the same.

Steward has fewer fields than FHIR has elements. An element is stored as it came beside what Steward shows of it;
once that changes, by whichever door, it is Steward's word that is shown. Of people no element is stored that would
hold more about them than Steward does: no address, photo, language, further contact, or day of birth.
"""

from collections.abc import Mapping
from typing import Any

from services.registry.mcsd import terms

Resource = dict[str, Any]
# Elements that are stored as sent, in the order of their definitions.
STORED: dict[str, tuple[str, ...]] = {
    terms.LOCATION: (
        "text", "name", "alias", "description", "mode", "type", "telecom", "address", "physicalType",
        "position", "hoursOfOperation", "availabilityExceptions",
    ),
    terms.PRACTITIONER: ("name", "qualification"),
    terms.ROLE_OF: ("code", "specialty", "telecom", "availableTime", "notAvailable", "availabilityExceptions"),
}  # fmt: skip
_ORDER: dict[str, tuple[str, ...]] = {
    terms.LOCATION: (
        "resourceType", "id", "meta", "text", "extension", "identifier", "status", "name", "alias", "description",
        "mode", "type", "telecom", "address", "physicalType", "position", "managingOrganization", "partOf",
        "hoursOfOperation", "availabilityExceptions",
    ),
    terms.ROLE_OF: (
        "resourceType", "id", "meta", "extension", "identifier", "active", "period", "practitioner",
        "organization", "code", "specialty", "location", "telecom", "availableTime", "notAvailable",
        "availabilityExceptions",
    ),
}  # fmt: skip


def to_store(sent: Mapping[str, Any], shown: Mapping[str, Any]) -> dict[str, Any]:
    """The elements of a resource that say more than what is shown of it."""
    names = [name for name in STORED[sent["resourceType"]] if name in sent]
    differing = [name for name in names if sent[name] != shown.get(name)]
    return {name: {"sent": sent[name], "shown": shown.get(name)} for name in differing}


def overlaid(shown: Resource, stored: Mapping[str, Any] | None) -> Resource:
    """A resource as Steward shows it, with what was sent where nothing has changed since."""
    if not stored:
        return shown
    same = {name: each["sent"] for name, each in stored.items() if each["shown"] == shown.get(name)}
    merged = {**shown, **same}
    order = _ORDER.get(shown["resourceType"], tuple(shown))
    return {name: merged[name] for name in (*order, *merged) if name in merged}
