"""What may change in an event within one version: nothing but optional fields that are added.

Then a reader that knows the earlier schema reads what is written by the later one, and the other way
round. Rules on two JSON Schemas, without I/O.
"""

from typing import Any

Json = dict[str, Any]

_ANNOTATIONS = {
    "$schema",
    "$defs",
    "$ref",
    "title",
    "description",
    "examples",
}  # changes nothing that travels
_OF_ONE_SCHEMA = {"items", "additionalProperties", "not"}
_OF_MANY = {"anyOf", "oneOf", "allOf", "prefixItems"}


class _Nothing:
    """A keyword that is not there: another thing than null."""

    def __repr__(self) -> str:
        return "nothing"


_NOTHING = _Nothing()


def forbidden_changes(earlier: Json, later: Json) -> list[str]:
    """What the later schema may not have changed, each as place and change; none if the version may stay."""
    return _Comparison(earlier, later).changes()


class _Comparison:
    def __init__(self, earlier: Json, later: Json) -> None:
        self.roots = earlier, later
        self.found: list[str] = []
        self.compared: set[tuple[str, str]] = set()

    def changes(self) -> list[str]:
        self._schemas("", *self.roots)
        return self.found

    def _schemas(self, place: str, earlier: Json, later: Json) -> None:
        pair = earlier.get("$ref", ""), later.get("$ref", "")
        if all(pair) and pair in self.compared:
            return  # a definition that contains itself
        self.compared.add(pair)
        earlier, later = _resolved(earlier, self.roots[0]), _resolved(later, self.roots[1])
        self._required(place, earlier, later)
        self._properties(place, earlier.get("properties", {}), later.get("properties", {}))
        for keyword in sorted((earlier.keys() | later.keys()) - _ANNOTATIONS - {"required", "properties"}):
            self._keyword(
                f"{place}/{keyword}", keyword, earlier.get(keyword, _NOTHING), later.get(keyword, _NOTHING)
            )

    def _required(self, place: str, earlier: Json, later: Json) -> None:
        before, after = set(earlier.get("required", ())), set(later.get("required", ()))
        self.found += [f"{place}: {name} became required" for name in sorted(after - before)]
        self.found += [f"{place}: {name} is no longer required" for name in sorted(before - after)]

    def _properties(self, place: str, earlier: Json, later: Json) -> None:
        for name in earlier:
            if name in later:
                self._schemas(f"{place}/{name}", earlier[name], later[name])
            else:
                self.found.append(f"{place}: {name} was removed")

    def _keyword(self, place: str, keyword: str, earlier: Any, later: Any) -> None:
        if keyword in _OF_ONE_SCHEMA and isinstance(earlier, dict) and isinstance(later, dict):
            self._schemas(place, earlier, later)
        elif keyword in _OF_MANY and isinstance(later, list) and _length(earlier) == len(later):
            for number, (one, other) in enumerate(zip(earlier, later, strict=True)):
                self._schemas(f"{place}/{number}", one, other)
        elif _differ(earlier, later):
            self.found.append(f"{place}: {earlier!r} became {later!r}")


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list) else -1


def _differ(earlier: Any, later: Any) -> bool:
    """JSON tells true from 1, Python does not."""
    return repr(earlier) != repr(later)


def _resolved(schema: Json, root: Json) -> Json:
    """The definition behind a reference, with the keywords next to the reference, such as a default."""
    if "$ref" not in schema:
        return schema
    definition = root["$defs"][schema["$ref"].removeprefix("#/$defs/")]
    return {**_resolved(definition, root), **{k: v for k, v in schema.items() if k not in _ANNOTATIONS}}
