"""The examples that IHE publishes with mCSD: the instances of the profile's `example-mcsd.fsh` and beside it.

`BUNDLE` is its `Example-MCSD`, a transaction that sends each under an id of its own. A ward, a Location with a
position and an affiliation are published beside it.
"""

from typing import Any

PAIR = "https://profiles.ihe.net/ITI/mCSD/CodeSystem/IHE.mCSD.Organization.Location.Types"
TERMS = "http://terminology.hl7.org/CodeSystem"
MCSD = "https://profiles.ihe.net/ITI/mCSD"
AREA, FACILITY = "MCSDJurisdictionLocation-Example", "MCSDFacilityLocation-Example"
PARTNER, OF_FACILITY = "MCSDOrganization-ExamplePartner", "MCSDFacilityOrganization-Example"
OF_AREA, SERVICE = "MCSDJurisdictionOrganization-Example", "MCSDHealthcareService-Example"
TRIAL = {"security": [{"system": f"{TERMS}/v3-ActReason", "code": "HTEST"}]}


def concept(system: str, code: str, **values: str) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code, **values}]}


def to(kind: str, id_: str) -> dict[str, str]:
    return {"reference": f"{kind}/{id_}"}


def organization(id_: str, name: str, kind: dict[str, Any], **values: Any) -> dict[str, Any]:
    known = {"resourceType": "Organization", "id": id_, "active": True, "type": [kind], "name": name}
    return {**known, **values}


GOVERNMENT = concept(f"{TERMS}/organization-type", "govt")
COMMUNITY = {"coding": [{"system": "urn:ihe:iti:xca:2010", "code": "homeCommunityId"}]}
ORG_A, ORG_B = (
    "urn:uuid:cadbf8d0-5493-11ec-bf63-0242ac130002",
    "urn:uuid:4f88dade-42a7-4fb3-b0a6-f877ff6b23b7",
)


def community(value: str) -> list[dict[str, Any]]:
    return [{"type": COMMUNITY, "value": value}]


def endpoint(id_: str, way: str, address: str) -> dict[str, Any]:
    format_code = "http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode"
    specific = f"{MCSD}/StructureDefinition/IHE.mCSD.EndpointSpecificType"
    types = f"{MCSD}/CodeSystem/IHE.mCSD.Endpoint.Types"
    return {
        "resourceType": "Endpoint",
        "id": id_,
        "meta": TRIAL,
        "extension": [{"url": specific, "valueCodeableConcept": concept(types, way)}],
        "identifier": community(ORG_A),
        "status": "active",
        "connectionType": {"system": types, "code": "ihe-xca"},
        "managingOrganization": to("Organization", "ex-OrgA"),
        "period": {"start": "2022-02-10"},
        "payloadType": [concept(format_code, f"urn:ihe:pcc:{code}") for code in ("xphr:2007", "ips:2020")],
        "payloadMimeType": ["application/fhir+xml", "application/fhir+json", "application/pdf", "text/xml"],
        "address": address,
    }


LOCATIONS: list[dict[str, Any]] = [
    {
        "resourceType": "Location",
        "id": AREA,
        "status": "active",
        "name": AREA,
        "type": [concept(PAIR, "jurisdiction")],
        "physicalType": concept(f"{TERMS}/location-physical-type", "jdn"),
        "managingOrganization": to("Organization", OF_AREA),
    },
    {
        "resourceType": "Location",
        "id": FACILITY,
        "status": "active",
        "name": FACILITY,
        "type": [concept(PAIR, "facility"), concept(f"{TERMS}/v3-RoleCode", "HOSP")],
        "physicalType": concept(f"{TERMS}/location-physical-type", "bu"),
        "managingOrganization": to("Organization", OF_FACILITY),
        "partOf": to("Location", AREA),
    },
]
ORGANIZATIONS: list[dict[str, Any]] = [
    organization(OF_AREA, OF_AREA, concept(PAIR, "jurisdiction")),
    organization(PARTNER, "Organization-ExamplePartner", GOVERNMENT),
    organization(OF_FACILITY, OF_FACILITY, concept(PAIR, "facility"), partOf=to("Organization", OF_AREA)),
    organization("ex-OrgA", "OrgA", GOVERNMENT, meta=TRIAL, identifier=community(ORG_A)),
    organization("ex-OrgB", "OrgB", GOVERNMENT, meta=TRIAL, identifier=community(ORG_B)),
    organization("ex-OrgC", "OrgC", GOVERNMENT, meta=TRIAL, endpoint=[to("Endpoint", "ex-endpointXCAquery")]),
]
AFFILIATIONS: list[dict[str, Any]] = [
    {
        "resourceType": "OrganizationAffiliation",
        "id": "ex-OrgAff",
        "meta": TRIAL,
        "active": True,
        "period": {"start": "2022-02-10"},
        "organization": to("Organization", PARTNER),
        "participatingOrganization": to("Organization", "ex-OrgA"),
        "code": [concept("http://hl7.org/fhir/organization-role", "HIE/HIO")],
    },
    {
        "resourceType": "OrganizationAffiliation",
        "id": "ex-OrgAffC",
        "meta": TRIAL,
        "identifier": community(ORG_B),
        "active": True,
        "organization": to("Organization", "ex-OrgC"),
        "participatingOrganization": to("Organization", "ex-OrgB"),
        "code": [concept(f"{MCSD}/CodeSystem/IHE.mCSD.OrgAff.Types", "DocShare-federate")],
        "endpoint": [to("Endpoint", "ex-endpointXCAquery")],
    },
]
SERVICES: list[dict[str, Any]] = [
    {
        "resourceType": "HealthcareService",
        "id": SERVICE,
        "type": [concept(f"{TERMS}/service-type", "124", display="General Practice")],
        "location": [to("Location", FACILITY)],
        "name": "ANC",
    }
]
ENDPOINTS: list[dict[str, Any]] = [
    endpoint("ex-endpointXCAquery", "XCA-RespGateway-Query", "http://example.org/xca/query"),
    endpoint("ex-endpointXCAretrieve", "XCA-RespGateway-Retrieve", "http://example.org/xca/retrieve"),
    {
        "resourceType": "Endpoint",
        "id": "ex-endpointDicom",
        "meta": TRIAL,
        "extension": [
            {
                "url": f"{MCSD}/StructureDefinition/IHE.mCSD.PurposeOfUse",
                "valueCodeableConcept": concept(f"{TERMS}/v3-ActReason", "RECORDMGT"),
            }
        ],
        "status": "active",
        "connectionType": {"system": f"{TERMS}/endpoint-connection-type", "code": "dicom-wado-rs"},
        "name": "The PACS",
        "managingOrganization": to("Organization", PARTNER),
        "period": {"start": "2022-02-10"},
        "payloadType": [{"text": "DICOM WADO-RS"}],
        "payloadMimeType": ["image/dicom+jpeg"],
        "address": "http://example.org/pacs",
    },
]
PRACTITIONER: dict[str, Any] = {
    "resourceType": "Practitioner",
    "id": "MCSDPractitioner-Example",
    "name": [{"text": "John Galt"}],
}
ROLE: dict[str, Any] = {
    "resourceType": "PractitionerRole",
    "id": "MCSDPractitionerRole-Example",
    "practitioner": to("Practitioner", PRACTITIONER["id"]),
    "organization": to("Organization", OF_FACILITY),
    "code": [concept(f"{TERMS}/practitioner-role", "nurse")],
    "location": [to("Location", FACILITY)],
    "healthcareService": [to("HealthcareService", SERVICE)],
}
BESIDE: list[dict[str, Any]] = [
    {
        "resourceType": "Location",
        "id": "MCSDLocation-Example",
        "status": "active",
        "name": "MCSDLocation-Example",
        "type": [concept(f"{TERMS}/v3-RoleCode", "RNEU")],
        "physicalType": concept(f"{TERMS}/location-physical-type", "wa"),
        "partOf": to("Location", FACILITY),
    },
    {
        "resourceType": "Location",
        "id": "MCSDLocationDistance-Example",
        "status": "active",
        "name": "MCSDLocationDistance-Example",
        "type": [concept(f"{TERMS}/v3-RoleCode", "HOSP")],
        "physicalType": concept(f"{TERMS}/location-physical-type", "bu"),
        "position": {"latitude": -1.46929510804737, "longitude": -78.81700744576973},
    },
    {
        "resourceType": "OrganizationAffiliation",
        "id": "MCSDFacilityOrganizationAffiliation-Example",
        "active": True,
        "organization": to("Organization", PARTNER),
        "participatingOrganization": to("Organization", OF_FACILITY),
        "code": [concept(f"{MCSD}/CodeSystem/mcsd-example-hierarchy", "admin")],
    },
]


def entry(resource: dict[str, Any]) -> dict[str, Any]:
    at = f"{resource['resourceType']}/{resource['id']}"
    return {
        "fullUrl": f"http://www.example.org/fhir/{at}",
        "resource": resource,
        "request": {"method": "PUT", "url": at},
    }


RESOURCES: list[dict[str, Any]] = [
    ORGANIZATIONS[0], LOCATIONS[0], ORGANIZATIONS[1], ORGANIZATIONS[2], LOCATIONS[1], SERVICES[0], ROLE,
    PRACTITIONER, AFFILIATIONS[0], *ORGANIZATIONS[3:], AFFILIATIONS[1], *ENDPOINTS,
]  # fmt: skip
BUNDLE: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "transaction",
    "entry": [entry(each) for each in RESOURCES],
}
