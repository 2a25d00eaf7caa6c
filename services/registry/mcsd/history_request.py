"""A history as it was asked: since when, how much at once, and where it goes on."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from services.registry.mcsd.search_request import COUNT, count, place
from services.registry.mcsd.search_terms import Parameter, parameters, refused, span

MOST_PLACE = 2**62


@dataclass(slots=True)
class Place:
    """All pages end at position `until` of the list of changes; the next begins before `ordinal` of `position`."""

    until: int
    position: int
    ordinal: int


@dataclass(slots=True)
class History:
    """What is asked of a history."""

    since: datetime | None = None
    count: int = COUNT
    after: Place | None = None


def history(pairs: Iterable[tuple[str, str]]) -> History:
    """The history that the parameters ask for. Raises BadRequest `search-invalid`."""
    found = History()
    for parameter in parameters(pairs):
        if parameter.name == "_since" and not parameter.modifier and len(parameter.values) == 1:
            asked = span(parameter, parameter.values[0].replace(" ", "+"))
            if asked.prefix != "eq":
                raise refused(parameter, "An instant is expected.")
            found.since = asked.start
        elif parameter.name == "_count":
            found.count = max(count(parameter), 1)
        elif parameter.name == "_cursor":
            found.after = _place(parameter)
        elif parameter.name not in ("_format", "_pretty"):
            raise refused(parameter, "A history has no such parameter.")
    return found


def _place(parameter: Parameter) -> Place:
    values = [value for value in place(parameter) if isinstance(value, int) and 0 <= value <= MOST_PLACE]
    if len(values) != 3:
        raise refused(parameter, "Use the link of the page before as it was.")
    return Place(*values)
