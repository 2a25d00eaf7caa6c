"""A search as it was asked: what must hold of a resource, what comes with it, and how much at once."""

import base64
import binascii
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

import msgspec

from services.registry.mcsd import directory_terms
from services.registry.mcsd.search_terms import Parameter, parameters, refused

COUNT, MOST = 50, 200  # resources of a page where nothing is asked, and at most
COMMON = ("_id", "_lastUpdated")
_FORM = ("_format", "_pretty")

# What may come with matches: (source, parameter) -> kind of its target.
REFERENCES: dict[tuple[str, str], str] = {
    (source, each.parameter): each.target
    for source, listed in directory_terms.REFERENCES.items()
    for each in listed
}


@dataclass(frozen=True, slots=True)
class Reference:
    """A reference that is followed: `parameter` of `source`, which leads to `target`."""

    source: str
    parameter: str
    target: str


@dataclass(slots=True)
class Search:
    """A search of resources of a `kind`."""

    kind: str
    conditions: list[Parameter] = field(default_factory=list)
    count: int = COUNT
    after: str | None = None
    include: list[Reference] = field(default_factory=list)
    revinclude: list[Reference] = field(default_factory=list)
    total: bool = False


def search(kind: str, pairs: Iterable[tuple[str, str]], known: Collection[str]) -> Search:
    """The search that the parameters ask for; `known` names those of the kind.

    Raises BadRequest `search-invalid` for what is not known: a misspelt parameter would find everything.
    """
    found = Search(kind)
    for parameter in parameters(pairs):
        name = parameter.name
        if name in known or name in COMMON:
            found.conditions.append(parameter)
        elif name in ("_include", "_revinclude", "_revInclude"):
            _follow(found, parameter)
        elif name in ("_count", "_cursor", "_total", "_summary"):
            _page(found, parameter)
        elif name not in _FORM:
            raise refused(parameter, "The resource has no such search parameter here.")
    return found


def cursor(values: list[str | int]) -> str:
    """Where a page ends, for the link to the next one."""
    return base64.urlsafe_b64encode(msgspec.json.encode(values)).decode().rstrip("=")


def place(parameter: Parameter) -> list[str | int]:
    """What `cursor` was made of. Raises BadRequest `search-invalid`."""
    text = parameter.values[0]
    try:
        padded = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return msgspec.json.decode(padded, type=list[str | int])
    except (ValueError, binascii.Error, msgspec.MsgspecError, RecursionError):
        raise refused(parameter, "Use the link of the page before as it was.") from None


def count(parameter: Parameter) -> int:
    """Resources of a page, at most `MOST`. Raises BadRequest `search-invalid`."""
    text = parameter.values[0]
    if parameter.modifier or len(parameter.values) > 1 or not (text.isascii() and text.isdigit()):
        raise refused(parameter, "A whole number is expected.")
    return min(int(text[:9]), MOST)


def _page(found: Search, parameter: Parameter) -> None:
    if parameter.name == "_count":
        found.count = count(parameter)
        found.total = found.total or found.count == 0
    elif parameter.name == "_cursor":
        values = place(parameter)
        if len(values) != 1 or not isinstance(values[0], str):
            raise refused(parameter, "Use the link of the page before as it was.")
        found.after = values[0]
    elif parameter.name == "_total":
        if parameter.values[0] not in ("none", "estimate", "accurate"):
            raise refused(parameter, "none, estimate or accurate is expected.")
        found.total = parameter.values[0] != "none"
    elif parameter.values == ("count",):
        found.count, found.total = 0, True
    elif parameter.values != ("false",):
        raise refused(parameter, "count or false is expected.")


def _follow(found: Search, parameter: Parameter) -> None:
    """`Source:parameter` or `Source:parameter:Target`."""
    for value in parameter.values:
        source, _, rest = value.partition(":")
        name, _, wanted = rest.partition(":")
        target = REFERENCES.get((source, name))
        forward = parameter.name == "_include"
        if parameter.modifier or target is None or (source if forward else target) != found.kind:
            raise refused(parameter, "There is no such reference to follow from here.")
        if wanted not in ("", target):
            continue  # nothing that is there
        (found.include if forward else found.revinclude).append(Reference(source, name, target))
