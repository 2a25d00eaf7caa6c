"""A search of AuditEvents as it was asked (ITI-81): when, by whom, about whom."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from services.registry.mcsd import terms
from services.registry.mcsd.audit_events import SIGN_IN
from services.registry.mcsd.search_request import COUNT, count, place
from services.registry.mcsd.search_terms import Parameter, parameters, referred, refused, token, uuids

SEARCHED = {"_id": "token", "agent": "reference", "date": "date", "entity": "reference"}


@dataclass(slots=True)
class AuditSearch:
    """What must hold of an entry. Each list is of alternatives, or None where nothing is asked."""

    dates: list[Parameter] = field(default_factory=list)
    ids: list[UUID] | None = None
    agents: list[UUID] | None = None  # people
    sign_ins: list[str] | None = None  # keys
    people: list[UUID] | None = None
    count: int = COUNT
    after: str | None = None


def audit_search(pairs: Iterable[tuple[str, str]], bases: tuple[str, ...]) -> AuditSearch:
    """The search that the parameters ask for. Raises BadRequest `search-invalid`, also without a date or an id.

    `agent` and `entity` are a Practitioner, `agent:identifier` is the key of a sign-in.
    """
    found = AuditSearch()
    for parameter in parameters(pairs):
        name = parameter.name
        if name == "date":
            found.dates.append(parameter)
        elif name == "_id":
            found.ids = uuids(parameter.values)
        elif name == "agent" and parameter.modifier == "identifier":
            found.sign_ins = [_key(parameter, text) for text in parameter.values]
        elif name in ("agent", "entity"):
            people = uuids(referred(parameter, text, terms.PRACTITIONER, bases) for text in parameter.values)
            found.agents, found.people = (people, found.people) if name == "agent" else (found.agents, people)
        elif name == "_count":
            found.count = max(count(parameter), 1)
        elif name == "_cursor":
            found.after = _after(parameter)
        elif name not in ("_format", "_pretty"):
            raise refused(parameter, "An AuditEvent has no such search parameter here.")
    if not found.dates and found.ids is None:
        raise refused(Parameter("date", "", ()), "A search of AuditEvents says from when or until when.")
    return found


def _key(parameter: Parameter, text: str) -> str:
    found = token(text)
    if found.system not in (None, SIGN_IN) or found.code is None:
        raise refused(parameter, f"The key of a sign-in is expected, {SIGN_IN}|key.")
    return found.code


def _after(parameter: Parameter) -> str:
    values = place(parameter)
    if len(values) != 1 or not uuids([str(values[0])]):
        raise refused(parameter, "Use the link of the page before as it was.")
    return str(values[0])
