"""The URIs that name systems and profiles, and the ids of resources."""

import re

MCSD = "https://profiles.ihe.net/ITI/mCSD"
PROFILE = f"{MCSD}/StructureDefinition/IHE.mCSD."
PAIR = f"{MCSD}/CodeSystem/IHE.mCSD.Organization.Location.Types"  # facility, jurisdiction
AFFILIATION = "http://hl7.org/fhir/organization-role"

UNIT = "urn:steward:unit"  # identifier: the code of a unit
UNIT_LEVEL = "urn:steward:unit-level"
UNIT_TYPE = "urn:steward:unit-type"
ROLE = "urn:steward:role"
SOURCE_SYSTEM = "urn:steward:source-system:"  # and its code, where the system has no URI of its own
OWN = "urn:steward:"
REGION = "urn:steward:region"  # tag of what a hub shows of a region's, with the region as its code

ACTING = "urn:steward:fhir:acting"  # extensions of PractitionerRole
PRIMARY = "urn:steward:fhir:primary"
MANAGER = "urn:steward:fhir:manager"
OWNERSHIP = "urn:steward:fhir:ownership"  # of Organization and Location
RURAL = "urn:steward:fhir:rural"
BOUNDARY = "http://hl7.org/fhir/StructureDefinition/location-boundary-geojson"

LOCATION, ORGANIZATION, AFFILIATED = "Location", "Organization", "OrganizationAffiliation"
PRACTITIONER, ROLE_OF = "Practitioner", "PractitionerRole"
ENDPOINT, SERVICE = "Endpoint", "HealthcareService"
AUDITED = "AuditEvent"
BINARY = "Binary"  # boundaries that are stored apart
OF_UNITS = (LOCATION, ORGANIZATION, AFFILIATED)
OF_PEOPLE = (PRACTITIONER, ROLE_OF)
# Of these there are some that are none of Steward's records.
OF_DIRECTORY = (*OF_UNITS, SERVICE, ENDPOINT)
SERVED = (*OF_DIRECTORY, *OF_PEOPLE)

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_ENCODED = re.compile(r"-u((?:[0-9a-f]{2})+)")


def is_id(text: str) -> bool:
    """Whether a text has the form of an id."""
    return _ID.fullmatch(text) is not None


def id_of_unit(code: str) -> str:
    """The FHIR id of a unit: its code, or that in hexadecimal digits where it has an underscore or is ambiguous.

    An id has letters, digits, hyphens and dots only (FHIR R4, id).

    >>> id_of_unit("SL-E"), id_of_unit("a_b")
    ('SL-E', '-u615f62')
    """
    if _ID.fullmatch(code):
        return code  # a code begins with a letter or digit, an encoded one with a hyphen
    return f"-u{code.encode().hex()}"


def unit_of_id(text: str) -> str:
    """The unit code of an id; of what is no id of a unit, a text that no unit has as its code."""
    found = _ENCODED.fullmatch(text)
    if found is None:
        return text
    return bytes.fromhex(found[1]).decode(errors="replace")
