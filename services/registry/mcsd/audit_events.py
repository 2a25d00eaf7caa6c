"""An entry of the audit as an AuditEvent of IHE's Basic Audit Log Patterns (BALP 1.1), of what was done in FHIR.

An entry has no values: neither what was searched for nor an address of a network. Where BALP wants one of them, it
is said to be absent.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from services.registry.mcsd import terms
from services.registry.mcsd.bundles import instant

Resource = dict[str, Any]
BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
SIGN_IN = "urn:steward:sign-in"  # identifier: the key of a sign-in
ROLE_OF_CALLER = "urn:steward:sign-in-role"
ABOUT = "urn:steward:fhir:audit-people"  # extensions: of how many people, and the seal that it is in
SEAL = "urn:steward:fhir:audit-seal"
_ABSENT = "http://hl7.org/fhir/StructureDefinition/data-absent-reason"
_TERMINOLOGY = "http://terminology.hl7.org/CodeSystem"
_CLIENT_SENDS = (
    "110153",
    "110152",
)  # DICOM: source and destination role; BALP has a search as sent by the client


class Interaction(NamedTuple):
    """What was done: code of FHIR's restful-interaction, action of DICOM, and the BALP profile, if any."""

    code: str
    action: str
    profile: str | None


_READS = {
    ("{id_}",): Interaction("read", "R", "Read"),
    ("{id_}", "_history", "{number}"): Interaction("vread", "R", "Read"),
    ("{id_}", "_history"): Interaction("history-instance", "R", None),
    ("_history",): Interaction("history-type", "R", None),
}
_SEARCH = Interaction("search-type", "E", "Query")


def interaction(operation: str) -> tuple[Interaction, str]:
    """What an entry's operation is in FHIR, and the type of resource that it is of, "" for a bundle of several.

    >>> interaction("GET /fhir/r4/Practitioner/{id_}")
    (Interaction(code='read', action='R', profile='Read'), 'Practitioner')
    """
    method, _, path = operation.partition(" ")
    kind, *rest = [*path.split("/")[3:], ""]
    steps = tuple(rest[:-1])
    if method == "PUT":
        return Interaction("update", "U", "Update"), kind
    if method == "POST" and steps != ("_search",):
        return (Interaction("create", "C", "Create") if kind else Interaction("transaction", "E", None)), kind
    return _READS.get(steps, _SEARCH), kind


def audit_event(entry: Mapping[str, Any], base: str) -> Resource:
    """The resource of an entry as `shared.audit_reading` shows it; `base` is the address of this server."""
    done, kind = interaction(entry["operation"])
    moment = instant(entry["at"])
    meta: Resource = {"versionId": "1", "lastUpdated": moment}
    if done.profile is not None:
        meta["profile"] = [BALP + done.profile]
    resource: Resource = {"resourceType": terms.AUDITED, "id": str(entry["entry_id"]), "meta": meta}
    counts = {ABOUT: entry["about"], SEAL: entry["seal"]}
    resource["extension"] = [{"url": url, "valueUnsignedInt": count} for url, count in counts.items()]
    resource["type"] = _coding(f"{_TERMINOLOGY}/audit-event-type", "rest")
    resource["subtype"] = [_coding("http://hl7.org/fhir/restful-interaction", done.code)]
    resource |= {"action": done.action, "recorded": moment, "outcome": "0"}
    if entry["purpose"] is not None:
        resource["purposeOfEvent"] = [{"coding": [_coding(f"{_TERMINOLOGY}/v3-ActReason", entry["purpose"])]}]
    resource["agent"] = _agents(entry, done, base)
    source = {"observer": {"display": "Steward registry"}}
    resource["source"] = {**source, "type": [_coding(f"{_TERMINOLOGY}/security-source-type", "4")]}
    people = [f"{terms.PRACTITIONER}/{each['person_id']}" for each in entry["people"]]
    resource["entity"] = [_data(done, kind, people), *map(_person, people)]
    return resource


def _agents(entry: Mapping[str, Any], done: Interaction, base: str) -> list[Resource]:
    """The client, this server, and the user where the client is none by itself."""
    client, server = _CLIENT_SENDS if done.action in "CUE" else reversed(_CLIENT_SENDS)
    who: Resource = {"identifier": {"system": SIGN_IN, "value": entry["caller"]}}
    dicom = "http://dicom.nema.org/resources/ontology/DCM"
    absent = {"extension": [{"url": _ABSENT, "valueCode": "unknown"}]}  # no entry has an address
    roles = [{"coding": [_coding(ROLE_OF_CALLER, role)]} for role in entry["roles"]]
    itself = {"role": roles} if entry["client"] and roles else {}
    agents: list[Resource] = [
        {"type": {"coding": [_coding(dicom, client)]}, **itself, "who": who, "requestor": entry["client"],
         "network": absent},
        {"type": {"coding": [_coding(dicom, server)]}, "who": {"display": "Steward registry"}, "requestor": False,
         "network": {"address": base, "type": "5"}},
    ]  # fmt: skip
    if not entry["client"]:
        kind = _coding(f"{_TERMINOLOGY}/v3-ParticipationType", "AUT" if done.action in "CU" else "IRCP")
        user: Resource = {"type": {"coding": [kind]}, **({"role": roles} if roles else {})}
        known = entry["caller_person_id"]
        reference = {} if known is None else {"reference": f"{terms.PRACTITIONER}/{known}"}
        agents.append({**user, "who": {**reference, **who}, "requestor": True})
    return agents


def _data(done: Interaction, kind: str, people: list[str]) -> Resource:
    """What was asked for: the query, whose values no entry has, or the resource as far as the entry names it."""
    thing = {"type": _coding(f"{_TERMINOLOGY}/audit-entity-type", "2")}
    if done == _SEARCH:
        query = _coding(f"{_TERMINOLOGY}/object-role", "24")
        masked = {"extension": [{"url": _ABSENT, "valueCode": "masked"}]}
        return {
            **thing,
            "role": query,
            "description": kind,
            "_query": masked,
        }
    what: Resource = {"type": kind, "display": kind} if kind else {"display": "Bundle"}
    if kind == terms.PRACTITIONER and len(people) == 1:
        what = {"reference": people[0]}
    return {"what": what, **thing, "role": _coding(f"{_TERMINOLOGY}/object-role", "4")}


def _person(reference: str) -> Resource:
    kind = _coding(f"{_TERMINOLOGY}/audit-entity-type", "1")
    return {
        "what": {"reference": reference},
        "type": kind,
        "role": _coding(f"{_TERMINOLOGY}/object-role", "15"),
    }


def _coding(system: str, code: str) -> Resource:
    return {"system": system, "code": code}
