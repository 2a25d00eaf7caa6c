"""A unit of a region as a hub shows it in FHIR: Location and Organization, read-only, and marked with the region.

A code is unique in its region alone, so an id has both, and the system of the identifier names the region. No
position, ownership or identifier of another system goes up to a hub, and none is shown.
"""

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from services.registry.mcsd import terms
from services.registry.mcsd.resources_of_units import meta, pair_of, reference

Row = Mapping[str, Any]
Resource = dict[str, Any]
KINDS = (terms.LOCATION, terms.ORGANIZATION)
TABLE = "regional_unit"  # in the list of changes
_PREFIX = "-r"  # no code begins so, and no id that is made of one (`terms.id_of_unit`)
_FITS = re.compile(r"[A-Za-z0-9.-]{1,64}")


def id_of(region: str, code: str) -> str:
    """The id of a region's unit. A name of a region has no dot, so that no two units have the same.

    >>> id_of("north", "SL-N"), id_of("north", "a_b")
    ('-rnorth.SL-N', '-rnorth.-h648fa9b31bc7ff7eb914e7a7')
    """
    plain = f"{_PREFIX}{region}.{code}"
    if _FITS.fullmatch(plain):
        return plain
    return f"{_PREFIX}{region}.-h{hashlib.sha256(code.encode()).hexdigest()[:24]}"  # longer, or with an underscore


def is_regional(id_: str) -> bool:
    """Whether an id is one that a hub gives to units of regions."""
    return id_.startswith(_PREFIX)


def system_of(region: str) -> str:
    """The system of the codes of a region's units."""
    return f"{terms.REGION}:{region}:unit"


def region_of(system: str) -> str | None:
    """The region that a system of codes is of, None where it is another system."""
    found = re.fullmatch(rf"{re.escape(terms.REGION)}:([a-z][a-z0-9-]*):unit", system)
    return found[1] if found else None


def shown(kind: str, row: Row, today: date) -> Resource:
    """A row of `regional_unit` as a `kind`."""
    about = meta(row["version"], row["recorded_at"], pair_of(row["level"]).capitalize() + kind)
    profile = about.pop("profile")
    about |= {"source": f"{terms.REGION}:{row['region']}", "profile": profile}
    about["tag"] = [{"system": terms.REGION, "code": row["region"]}]
    own = {"use": "official", "system": system_of(row["region"]), "value": row["unit_code"]}
    resource: Resource = {"resourceType": kind, "id": row["resource_id"], "meta": about, "identifier": [own]}
    is_open = row["closed_on"] is None or row["closed_on"] > today
    name = row["name"] or row["unit_code"]  # null while its region runs a version that does not say it
    if kind == terms.ORGANIZATION:
        resource |= {"active": is_open, "type": _types(row), "name": name}
    else:
        resource |= {"status": "active" if is_open else "inactive", "name": name, "mode": "instance"}
        resource["type"] = _types(row)
        if row["level"] != "facility":
            system = "http://terminology.hl7.org/CodeSystem/location-physical-type"
            resource["physicalType"] = {"coding": [{"system": system, "code": "jdn"}]}
        resource["managingOrganization"] = reference(terms.ORGANIZATION, row["resource_id"])
    if row["parent_id"] is not None:
        resource["partOf"] = reference(kind, row["parent_id"])
    return resource


def _types(row: Row) -> list[Resource]:
    types: list[Resource] = [
        {"coding": [{"system": terms.PAIR, "code": pair_of(row["level"])}]},
        {"coding": [{"system": terms.UNIT_LEVEL, "code": row["level"]}]},
    ]
    if row["type"] is not None:
        kind = " ".join(row["type"].split())
        types.append({"coding": [{"system": terms.UNIT_TYPE, "code": kind}], "text": row["type"]})
    return types
