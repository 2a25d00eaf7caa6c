"""The CapabilityStatement: what this directory answers (FHIR R4, 2.44), per resource what ITI-90 lists."""

from typing import Any

from services.registry.mcsd import terms
from services.registry.mcsd.audit_events import BALP
from services.registry.mcsd.audit_request import SEARCHED as AUDIT_SEARCHED
from services.registry.mcsd.search_request import COMMON, REFERENCES

Resource = dict[str, Any]
_COMMON = {"_id": "token", "_lastUpdated": "date"}
_OF_UNITS = {"identifier": "token", "name": "string", "type": "token"}

# Search parameters by resource, with their types.
SEARCHED: dict[str, dict[str, str]] = {
    terms.LOCATION: {
        **_OF_UNITS,
        "near": "special",
        "organization": "reference",
        "partof": "reference",
        "status": "token",
    },
    terms.SERVICE: {
        "active": "token",
        "identifier": "token",
        "location": "reference",
        "name": "string",
        "organization": "reference",
        "service-type": "token",
    },
    terms.ENDPOINT: {"identifier": "token", "organization": "reference", "status": "token"},
    terms.ORGANIZATION: {**_OF_UNITS, "active": "token", "partof": "reference"},
    terms.AFFILIATED: {
        "active": "token",
        "date": "date",
        "identifier": "token",
        "participating-organization": "reference",
        "primary-organization": "reference",
        "role": "token",
    },
    terms.PRACTITIONER: {
        "active": "token",
        "family": "string",
        "given": "string",
        "identifier": "token",
        "name": "string",
    },
    terms.ROLE_OF: {
        "active": "token",
        "identifier": "token",
        "location": "reference",
        "organization": "reference",
        "practitioner": "reference",
        "role": "token",
        "service": "reference",
        "specialty": "token",
    },
}
_READS = ("read", "vread", "search-type", "history-instance", "history-type")
_WRITES = ("create", "update")
_INSTANTIATES = ("Directory", "Directory.Feed", "Directory.Update", "Directory.LocationDistance")


def statement(base: str, day: str, *, people: bool) -> Resource:
    """The statement of the server at `base`; `day` is its date, `people` whether it records any."""
    rest: Resource = {"mode": "server", "security": _security()}
    rest["resource"] = [_resource(kind) for kind in terms.SERVED if people or kind not in terms.OF_PEOPLE]
    rest["resource"] += [{"type": terms.BINARY, "interaction": [{"code": "read"}]}, _audit_events()]
    rest["interaction"] = [{"code": "transaction"}, {"code": "batch"}]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": day,
        "kind": "instance",
        "instantiates": [f"{terms.MCSD}/CapabilityStatement/IHE.mCSD.{name}" for name in _INSTANTIATES],
        "software": {"name": "Steward"},
        "implementation": {"description": "Care services directory of Steward", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["application/fhir+json", "application/fhir+xml", "json", "xml"],
        "rest": [rest],
    }


def _security() -> Resource:
    system = "http://terminology.hl7.org/CodeSystem/restful-security-service"
    return {"service": [{"coding": [{"system": system, "code": "OAuth"}], "text": "OAuth 2 bearer token"}]}


def _audit_events() -> Resource:
    """What auditors read of what was done here (ITI-81); nobody writes it."""
    return {
        "type": terms.AUDITED,
        "supportedProfile": [f"{BALP}{name}" for name in ("Read", "Query", "Create", "Update")],
        "interaction": [{"code": code} for code in ("read", "search-type")],
        "versioning": "no-version",
        "searchParam": [{"name": name, "type": type_} for name, type_ in sorted(AUDIT_SEARCHED.items())],
    }


def _resource(kind: str) -> Resource:
    resource: Resource = {"type": kind, "profile": f"{terms.PROFILE}{kind}"}
    resource["interaction"] = [{"code": code} for code in (*_READS, *_WRITES)]
    resource |= {"versioning": "versioned-update", "readHistory": True}
    resource |= {"updateCreate": kind in terms.OF_DIRECTORY, "conditionalCreate": True}
    resource["conditionalUpdate"] = True
    pairs = sorted(REFERENCES.items())
    resource["searchInclude"] = [f"{source}:{name}" for (source, name), _ in pairs if source == kind]
    resource["searchRevInclude"] = [f"{source}:{name}" for (source, name), target in pairs if target == kind]
    known = {**SEARCHED[kind], **{name: _COMMON[name] for name in COMMON}}
    resource["searchParam"] = [{"name": name, "type": type_} for name, type_ in sorted(known.items())]
    return {name: value for name, value in resource.items() if value != []}
