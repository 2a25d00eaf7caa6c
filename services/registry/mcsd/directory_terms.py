"""What searches find a resource of the directory by, as texts that an index compares.

A code or identifier is `parameter=system|code`, and has the forms without its system or its code beside it, so
that each way to ask for it is one text. A reference is `parameter=Kind/id`.
"""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from services.registry.mcsd import terms
from services.registry.mcsd.search_terms import Token

Resource = Mapping[str, Any]
ANY = "*"


class Reference(NamedTuple):
    """An element that refers to other resources: the search parameter, and the kind that it leads to."""

    element: str
    parameter: str
    target: str


REFERENCES: dict[str, tuple[Reference, ...]] = {
    terms.LOCATION: (
        Reference("partOf", "partof", terms.LOCATION),
        Reference("managingOrganization", "organization", terms.ORGANIZATION),
        Reference("endpoint", "endpoint", terms.ENDPOINT),
    ),
    terms.ORGANIZATION: (
        Reference("partOf", "partof", terms.ORGANIZATION),
        Reference("endpoint", "endpoint", terms.ENDPOINT),
    ),
    terms.AFFILIATED: (
        Reference("participatingOrganization", "participating-organization", terms.ORGANIZATION),
        Reference("organization", "primary-organization", terms.ORGANIZATION),
        Reference("location", "location", terms.LOCATION),
        Reference("healthcareService", "service", terms.SERVICE),
        Reference("endpoint", "endpoint", terms.ENDPOINT),
    ),
    terms.SERVICE: (
        Reference("location", "location", terms.LOCATION),
        Reference("providedBy", "organization", terms.ORGANIZATION),
        Reference("coverageArea", "coverage-area", terms.LOCATION),
        Reference("endpoint", "endpoint", terms.ENDPOINT),
    ),
    terms.ENDPOINT: (Reference("managingOrganization", "organization", terms.ORGANIZATION),),
    terms.ROLE_OF: (
        Reference("practitioner", "practitioner", terms.PRACTITIONER),
        Reference("organization", "organization", terms.ORGANIZATION),
        Reference("location", "location", terms.LOCATION),
        Reference("healthcareService", "service", terms.SERVICE),
        Reference("endpoint", "endpoint", terms.ENDPOINT),
    ),
}
# Elements with codes, by parameter; the other tokens are one text each.
CODES: dict[str, dict[str, str]] = {
    terms.LOCATION: {"type": "type"},
    terms.ORGANIZATION: {"type": "type"},
    terms.AFFILIATED: {"role": "code"},
    terms.SERVICE: {"service-type": "type"},
    terms.ENDPOINT: {},
}
_PLAIN = ("status", "active")


def found_by(resource: Resource) -> list[str]:
    """All terms of a resource of the directory, each once."""
    every = [*_tokens(resource), *references(resource)]
    return list(dict.fromkeys(every))


def references(resource: Resource) -> list[str]:
    """The terms of the references in a resource."""
    known = REFERENCES.get(resource["resourceType"], ())
    return [f"{each.parameter}={text}" for each in known for text in referred(resource, each.element)]


def referred(resource: Resource, element: str) -> list[str]:
    """What an element refers to, one or several: texts such as `Location/E1A`."""
    value = resource.get(element) or ()
    every = [value] if isinstance(value, Mapping) else value
    return [each["reference"] for each in every if isinstance(each.get("reference"), str)]


def wanted(parameter: str, token: Token) -> str:
    """The term that a token asks for."""
    system = ANY if token.system is None else token.system
    return f"{parameter}={system}|{ANY if token.code is None else token.code}"


def _tokens(resource: Resource) -> Iterator[str]:
    for each in resource.get("identifier", ()):
        yield from _forms("identifier", each.get("system", ""), each.get("value", ""))
    for parameter, element in CODES[resource["resourceType"]].items():
        for concept in resource.get(element, ()):
            for coding in concept.get("coding", ()):
                yield from _forms(parameter, coding.get("system", ""), coding.get("code", ""))
    for name in _PLAIN:
        if name in resource:
            value = resource[name]
            text = str(value).lower() if isinstance(value, bool) else value
            yield from _forms(name, "", text)


def _forms(parameter: str, system: str, code: str) -> Iterator[str]:
    yield f"{parameter}={system}|{code}"
    yield f"{parameter}={ANY}|{code}"
    yield f"{parameter}={system}|{ANY}"
