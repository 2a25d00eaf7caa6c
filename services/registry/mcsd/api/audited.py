"""Whom FHIR interactions read and write, for the audit: Practitioner and PractitionerRole name people."""

from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from fastapi import Request

from services.registry.mcsd import terms
from shared.audit.audited_operations import Named, Written
from shared.audit.recording import Audited

Resource = dict[str, Any]
OF_PEOPLE = (terms.PRACTITIONER, terms.ROLE_OF)


def interaction(request: Request, template: str, *, writes: bool) -> Audited | None:
    """The interaction of a request, named by its route and kind of resource; None for one about units alone."""
    kind = request.path_params.get("kind")
    if kind is not None and kind not in terms.SERVED:
        return None
    if writes and kind is not None and kind not in OF_PEOPLE:
        return None
    operation = f"{request.method} {template.replace('{kind}', kind or '')}"
    return Audited(operation, Written() if writes else Named())


def note_people(request: Request, kind: str, resources: Iterable[Resource]) -> None:
    """Say whom an answer names; of resources that are about units alone, that nobody is read."""
    found = {person for resource in resources for person in _people(resource)}
    if found or kind in OF_PEOPLE:
        request.state.people = found


def entries_of(bundle: Resource) -> Iterator[Resource]:
    """The resources of a bundle; of one that was deleted nothing is shown but its id."""
    for entry in bundle.get("entry", ()):
        if "resource" in entry:
            yield entry["resource"]


def _people(resource: Resource) -> Iterator[UUID]:
    if resource["resourceType"] == terms.PRACTITIONER:
        yield UUID(resource["id"])
    if resource["resourceType"] == terms.ROLE_OF:
        reference = resource.get("practitioner", {}).get("reference", "")
        if reference:
            yield UUID(reference.rpartition("/")[2])
