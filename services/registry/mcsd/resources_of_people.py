"""People and their posts as FHIR: Practitioner and PractitionerRole.

A person has no id of their own but the opaque one of registry. Elements are in the order of their definitions.
"""

from collections.abc import Mapping
from datetime import date
from typing import Any

from services.registry.mcsd import terms
from services.registry.mcsd.resources_of_units import Resource, identifier, meta, reference
from services.registry.mcsd.terms import id_of_unit

Row = Mapping[str, Any]


def practitioner(row: Row, today: date) -> Resource:
    """A Practitioner of the columns of `person`; `identifiers` holds those that the caller may see, or is null."""
    resource: Resource = {"resourceType": terms.PRACTITIONER, "id": str(row["person_id"])}
    resource["meta"] = meta(row["version"], row["recorded_at"], terms.PRACTITIONER)
    if row["identifiers"]:
        resource["identifier"] = [identifier(each["system"], each["value"]) for each in row["identifiers"]]
    left = row["deactivated_on"]
    resource |= {"active": left is None or left > today, "name": [_name(row)]}
    contacts = [{"system": kind, "value": row[kind]} for kind in ("phone", "email") if row[kind] is not None]
    if contacts:
        resource["telecom"] = contacts
    if row["sex"] is not None:
        resource["gender"] = row["sex"]
    if row["birth_year"] is not None:
        resource["birthDate"] = f"{row['birth_year']:04d}"
    if row["cadre"] is not None:
        resource["qualification"] = [{"code": {"text": row["cadre"]}}]
    return resource


def practitioner_role(row: Row, today: date) -> Resource:
    """A PractitionerRole of the columns of `post`; `identifiers` as of a person.

    `role_name` is the role's names by language; absent in superseded versions.
    """
    resource: Resource = {"resourceType": terms.ROLE_OF, "id": str(row["post_id"])}
    resource["meta"] = meta(row["version"], row["recorded_at"], terms.ROLE_OF)
    resource["extension"] = [
        {"url": terms.ACTING, "valueBoolean": row["acting"]},
        {"url": terms.PRIMARY, "valueBoolean": row["primary_claim"]},
    ]
    if row["manager_post_id"] is not None:
        manager = reference(terms.ROLE_OF, row["manager_post_id"])
        resource["extension"].append({"url": terms.MANAGER, "valueReference": manager})
    if row["identifiers"]:
        resource["identifier"] = [identifier(each["system"], each["value"]) for each in row["identifiers"]]
    start, end = row["valid_from"], row["valid_to"]
    resource["active"] = start <= today and (end is None or end >= today)
    resource["period"] = {"start": start.isoformat()} | ({} if end is None else {"end": end.isoformat()})
    resource["practitioner"] = reference(terms.PRACTITIONER, row["person_id"])
    unit = id_of_unit(row["unit_code"])
    resource["organization"] = reference(terms.ORGANIZATION, unit)
    coding = {"system": terms.ROLE, "code": row["role_code"]}
    if name := (row.get("role_name") or {}).get("en"):
        coding["display"] = name
    resource["code"] = [{"coding": [coding]}]
    resource["location"] = [reference(terms.LOCATION, unit)]
    return resource


def _name(row: Row) -> Resource:
    given = row["given_name"]
    text = f"{given} {row['family_name']}" if given else row["family_name"]
    name: Resource = {"use": "official", "text": text, "family": row["family_name"]}
    return name if given is None else {**name, "given": [given]}
