"""Resources that are none of Steward's records: stored as they were sent, and given back.

An Endpoint, a HealthcareService; an Organization or an OrganizationAffiliation beside those of units; a Location
that is neither facility nor jurisdiction, such as a ward. None of them is about a person: the name in a contact
of an Organization is left out.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

import msgspec

from services.registry.mcsd import directory_terms, terms
from services.registry.mcsd.as_sent import MOST
from services.registry.mcsd.resources_of_units import meta
from services.registry.mcsd.sent_people import read, wrong
from services.registry.mcsd.sent_units import is_unit
from shared.fields import Text

Resource = Mapping[str, Any]
MOST_TERMS = 200
LONGEST_TERM = 2000  # bytes; an index of PostgreSQL takes 2,700, and says so only when the row is stored
# What mCSD asks for, beside what FHIR does.
_REQUIRED = {
    terms.LOCATION: ("name", "status"),
    terms.ORGANIZATION: ("name",),
    terms.AFFILIATED: ("organization", "participatingOrganization"),
    terms.SERVICE: ("name", "type"),
    terms.ENDPOINT: ("managingOrganization",),
}
# Of which the unit is the one that a resource belongs to, in this order.
BELONGS = {
    terms.LOCATION: ("partOf", "managingOrganization"),
    terms.ORGANIZATION: ("partOf",),
    terms.AFFILIATED: ("participatingOrganization", "organization"),
    terms.SERVICE: ("location", "providedBy"),
    terms.ENDPOINT: ("managingOrganization",),
}
_SERVERS_OWN = ("versionId", "lastUpdated", "source")
_LINE = Text(1000)


def is_directory(kind: str, sent: Resource) -> bool:
    """Whether what was sent is such a resource, as far as it says itself."""
    return kind in terms.OF_DIRECTORY and not (kind == terms.LOCATION and is_unit(sent))


def columns(sent: Resource) -> dict[str, Any]:
    """The columns of `directory_resource` of what was sent, without id and unit.

    Raises Invalid `resource-invalid` with the FHIRPath of what is not taken.
    """
    kind = sent["resourceType"]
    for element in _REQUIRED[kind]:
        if not sent.get(element):
            raise wrong(f"/{kind}/{element}", "missing", "mCSD asks for it.")
    body = _body(sent)
    if len(msgspec.json.encode(body)) > MOST:
        raise wrong(f"/{kind}", "too-long", f"At most {MOST} bytes are stored of a resource.")
    found = directory_terms.found_by(body)
    if len(found) > MOST_TERMS:
        raise wrong(
            f"/{kind}", "too-long", f"It has more than {MOST_TERMS} codes, identifiers and references."
        )
    if any(len(term.encode()) > LONGEST_TERM for term in found):
        detail = f"A code, identifier or reference has at most {LONGEST_TERM} bytes, with its system."
        raise wrong(f"/{kind}", "too-long", detail)
    position, period = body.get("position", {}), body.get("period", {})
    name = body.get("name")
    return {
        "body": body,
        "terms": found,
        "name": None if name is None else read(_LINE.read, name, f"/{kind}/name"),
        "latitude": _degrees(position, "latitude", 90),
        "longitude": _degrees(position, "longitude", 180),
        "begins": _day(kind, period, "start"),
        "ends": _day(kind, period, "end"),
    }


def shown(kind: str, row: Any) -> dict[str, Any]:
    """The resource of a row with `resource_id`, `version`, `recorded_at` and `body`."""
    body = row["body"]
    known = meta(row["version"], row["recorded_at"], kind)
    rest = {name: value for name, value in body.items() if name not in ("resourceType", "meta")}
    return {
        "resourceType": kind,
        "id": row["resource_id"],
        "meta": {**known, **body.get("meta", {})},
        **rest,
    }


def _body(sent: Resource) -> dict[str, Any]:
    body = {name: value for name, value in sent.items() if name != "id"}
    about = {name: value for name, value in body.pop("meta", {}).items() if name not in _SERVERS_OWN}
    if about:
        body = {"resourceType": body["resourceType"], "meta": about, **body}
    if isinstance(body.get("contact"), list) and sent["resourceType"] == terms.ORGANIZATION:
        body["contact"] = [_nobody(each) for each in body["contact"]]
    return body


def _nobody(contact: Resource) -> dict[str, Any]:
    return {name: value for name, value in contact.items() if name != "name"}


def _degrees(position: Resource, name: str, most: int) -> float | None:
    if name not in position:
        return None
    value = float(position[name])
    if not -most <= value <= most:
        raise wrong("/Location/position", "malformed", "The position is not on earth.")
    return value


def _day(kind: str, period: Resource, name: str) -> date | None:
    text = period.get(name)
    if text is None:
        return None
    try:
        return date.fromisoformat(f"{str(text)[:10]}-01-01"[:10])
    except ValueError:
        raise wrong(f"/{kind}/period/{name}", "malformed", "A day is expected, YYYY-MM-DD.") from None
