"""Which of the resources that others refer to there are."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.mcsd import directory_terms, terms
from services.registry.mcsd.directory_terms import Reference
from services.registry.mcsd.queries import directory_resources as directory
from services.registry.mcsd.queries.asked import Asked
from services.registry.mcsd.queries.search import read_several

# Elements of records that may refer to what is none of Steward's records.
_OF_RECORDS = {
    terms.LOCATION: ("managingOrganization", "endpoint"),
    terms.ROLE_OF: ("organization", "location", "healthcareService", "endpoint"),
}


async def unknown_references(session: AsyncSession, body: Mapping[str, Any], asked: Asked) -> list[Reference]:
    """The elements of a resource that refer to something that is not there."""
    found = []
    for each in directory_terms.REFERENCES[body["resourceType"]]:
        ids = _ids(body, each)
        if ids is None or len(await read_several(session, each.target, ids, asked)) < len(ids):
            found.append(each)
    return found


async def of_directory(session: AsyncSession, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A record that was sent, of its references only those that are all to such other resources."""
    left = dict(sent)
    kind = sent["resourceType"]
    for each in directory_terms.REFERENCES.get(kind, ()):
        if each.element not in _OF_RECORDS.get(kind, ()) or each.element not in sent:
            continue
        ids = _ids(sent, each)
        if not ids or len(await directory.by_ids(session, each.target, ids)) < len(ids):
            del left[each.element]
    return left


def _ids(body: Mapping[str, Any], reference: Reference) -> set[str] | None:
    """The ids that an element refers to, None where one is no reference to the kind that is meant."""
    if reference.element not in body:
        return set()
    value = body[reference.element]
    count = 1 if isinstance(value, Mapping) else len(value)
    texts = directory_terms.referred(body, reference.element)
    parts = [text.partition("/") for text in texts]
    wrong = any(kind != reference.target or not id_ or "/" in id_ for kind, _, id_ in parts)
    return None if wrong or len(texts) < count else {id_ for _, _, id_ in parts}
