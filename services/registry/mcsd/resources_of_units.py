"""A unit as FHIR: Location and Organization, the pair of a facility or jurisdiction, and its affiliation.

mCSD has a facility or jurisdiction as an Organization, which is responsible, and a Location, which is a place;
each has the type `facility` or `jurisdiction`. Where a unit is in the tree is `partOf`, and with its dates an
OrganizationAffiliation. Elements are in the order of their definitions, which XML needs.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from services.registry.mcsd import terms
from services.registry.mcsd.terms import id_of_unit

Row = Mapping[str, Any]
Resource = dict[str, Any]


def location(row: Row, today: date) -> Resource:
    """A Location of a unit's row; see `_about` for its columns."""
    resource = _about(terms.LOCATION, row, _pair(row))
    resource |= {"status": "active" if is_open(row, today) else "inactive", "name": row["name"]}
    resource |= {"mode": "instance", "type": _types(row)}
    if row["level"] != "facility":
        kind = {"system": "http://terminology.hl7.org/CodeSystem/location-physical-type", "code": "jdn"}
        resource["physicalType"] = {"coding": [kind]}
    if row["latitude"] is not None and row["longitude"] is not None:
        resource["position"] = {"longitude": row["longitude"], "latitude": row["latitude"]}
    resource["managingOrganization"] = reference(terms.ORGANIZATION, id_of_unit(row["unit_code"]))
    if row["parent"] is not None:
        resource["partOf"] = reference(terms.LOCATION, id_of_unit(row["parent"]))
    return resource


def organization(row: Row, today: date) -> Resource:
    """An Organization of a unit's row."""
    resource = _about(terms.ORGANIZATION, row, _pair(row))
    resource |= {"active": is_open(row, today), "type": _types(row), "name": row["name"]}
    if row["parent"] is not None:
        resource["partOf"] = reference(terms.ORGANIZATION, id_of_unit(row["parent"]))
    return resource


def affiliation(row: Row, today: date) -> Resource:
    """The OrganizationAffiliation of a unit with its parent; not of the root, which has none.

    `placed_from` and `placed_to`, the first days under the parent and under the next one, may be absent.
    """
    resource = _about(terms.AFFILIATED, row, "")
    resource["active"] = is_open(row, today)
    start, end = row.get("placed_from"), row.get("placed_to")
    if start is not None:
        last = {} if end is None else {"end": (end - timedelta(days=1)).isoformat()}
        resource["period"] = {"start": start.isoformat(), **last}
    code = id_of_unit(row["unit_code"])
    resource["organization"] = reference(terms.ORGANIZATION, id_of_unit(row["parent"]))
    resource["participatingOrganization"] = reference(terms.ORGANIZATION, code)
    resource["code"] = [{"coding": [{"system": terms.AFFILIATION, "code": "member"}]}]
    resource["location"] = [reference(terms.LOCATION, code)]
    return resource


def is_open(row: Row, today: date) -> bool:
    """Whether a unit is open on a day."""
    return row["open_from"] <= today and (row["closed_on"] is None or row["closed_on"] > today)


def reference(kind: str, id_: Any) -> Resource:
    """A reference to a resource of this server."""
    return {"reference": f"{kind}/{id_}"}


def meta(version: int, recorded_at: datetime, profile: str) -> Resource:
    """Version and time of a resource, and the profile that it follows."""
    moment = recorded_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"versionId": str(version), "lastUpdated": moment, "profile": [terms.PROFILE + profile]}


def identifier(system: str, value: str) -> Resource:
    """What a source system calls a record; `system` is its URI, or its code."""
    return {"system": system if ":" in system else terms.SOURCE_SYSTEM + system, "value": value}


def _about(kind: str, row: Row, prefix: str) -> Resource:
    """What the resources of a unit have in common, of the columns of `unit` and `identifiers`."""
    resource: Resource = {"resourceType": kind, "id": id_of_unit(row["unit_code"])}
    resource["meta"] = meta(row["version"], row["recorded_at"], prefix + kind)
    extensions: list[Resource] = []
    if kind != terms.AFFILIATED and row["ownership"] is not None:
        extensions.append({"url": terms.OWNERSHIP, "valueString": row["ownership"]})
    if kind == terms.LOCATION and row["rural"] is not None:
        extensions.append({"url": terms.RURAL, "valueBoolean": row["rural"]})
    if extensions:
        resource["extension"] = extensions
    own = {"use": "official", "system": terms.UNIT, "value": row["unit_code"]}
    others = [identifier(each["system"], each["value"]) for each in row["identifiers"]]
    return {**resource, "identifier": [own, *others]}


def _pair(row: Row) -> str:
    return pair_of(row["level"]).capitalize()


def pair_of(level: str) -> str:
    """The type that mCSD gives a unit of this level."""
    return "facility" if level == "facility" else "jurisdiction"


def _types(row: Row) -> list[Resource]:
    kind = " ".join(row["type"].split())
    return [
        {"coding": [{"system": terms.PAIR, "code": pair_of(row["level"])}]},
        {"coding": [{"system": terms.UNIT_LEVEL, "code": row["level"]}]},
        {"coding": [{"system": terms.UNIT_TYPE, "code": kind}], "text": row["type"]},
    ]
