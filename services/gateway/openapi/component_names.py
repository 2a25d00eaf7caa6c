"""Names of OpenAPI components that would clash when the services' documents are put together."""

from collections.abc import Mapping
from typing import Any

from shared.http.openapi import PROBLEM

Document = dict[str, Any]
Names = dict[tuple[str, str], str]  # (kind, old name) -> new name

RESERVED = {("schemas", "Problem"): PROBLEM}  # the merged document's own
_PREFIX = "#/components/"


def clashes(documents: Mapping[str, Document]) -> dict[str, Names]:
    """The new names, by service, of components that mean different things in different services.

    The first service to use a name keeps it; the others get `<Service><Name>`.
    """
    meanings: dict[tuple[str, str], list[Any]] = {name: [entry] for name, entry in RESERVED.items()}
    for document in documents.values():
        for kind, entries in document.get("components", {}).items():
            for name, entry in entries.items():
                known = meanings.setdefault((kind, name), [])
                if entry not in known:
                    known.append(entry)
    taken = {name for _, name in meanings}
    renamed: dict[str, Names] = {}
    for service, document in documents.items():
        names = renamed.setdefault(service, {})
        for kind, entries in document.get("components", {}).items():
            for name, entry in entries.items():
                if len(meanings[kind, name]) > 1 and entry != meanings[kind, name][0]:
                    names[kind, name] = _free(f"{service.capitalize()}{name}", taken)
    return _spread(documents, renamed, taken)


def _spread(
    documents: Mapping[str, Document], renamed: dict[str, Names], taken: set[str]
) -> dict[str, Names]:
    """Also rename what refers to something renamed: equal text would otherwise mean two things."""
    for service, document in documents.items():
        names = renamed[service]
        grown = True
        while grown:
            grown = False
            for kind, entries in document.get("components", {}).items():
                for name, entry in entries.items():
                    if (kind, name) not in names and referring(entry, names) != entry:
                        names[kind, name] = _free(f"{service.capitalize()}{name}", taken)
                        grown = True
    return renamed


def _free(name: str, taken: set[str]) -> str:
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def referring(value: Any, names: Names) -> Any:
    """A copy of (a part of) a document in which references follow the new names."""
    if isinstance(value, list):
        return [referring(item, names) for item in value]
    if not isinstance(value, dict):
        return value
    return {
        key: _reference(item, names)
        if key == "$ref" and isinstance(item, str)
        else {word: _reference(target, names) for word, target in item.items()}
        if key == "mapping" and isinstance(item, dict) and "propertyName" in value
        else referring(item, names)
        for key, item in value.items()
    }


def _reference(reference: Any, names: Names) -> Any:
    if not isinstance(reference, str) or not reference.startswith(_PREFIX):
        return reference
    kind, _, name = reference.removeprefix(_PREFIX).partition("/")
    return f"{_PREFIX}{kind}/{names.get((kind, name), name)}"
