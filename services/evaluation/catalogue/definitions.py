"""Definitions of indicators: which of two holds, what is wrong in one, whether this release computes it. Pure.

Two may be known of a code: the one that this release delivers, and one that was published since, by a
hub for its regions or where there is no federation. The published one holds unless the delivered one has a
higher version number:

- A region takes its hub's word. Of the same number with other content the hub's holds: a number that the
  hub gave out may meet a later release's, and a nation has one definition.
- At the hub a release that delivers a higher number is published when it starts, over what the hub wrote.
  A number that the hub gave out itself stays as it was given out.
- A region whose software is ahead of its hub's goes by the higher number, by which its values are computed.

Between two words of a hub its epoch decides, then the number; what an instance wrote before it became a
region is older than any word of its hub.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from shared.errors import FieldError

Definition = dict[str, Any]  # as content/indicators.json has it

# What is computed depends on these; texts, owners and links may change without other software.
_COMPUTATION = (
    "numerator", "denominator", "unit", "factor", "window_months", "direction", "minimum_cell",
)  # fmt: skip
# Stays where the content is delivered; targets have events of their own.
_LOCAL = ("baseline", "targets", "computed")
_LISTS = ("competencies", "upstream", "disaggregations", "references")
PERCENT = 100


def published_part(definition: Definition) -> Definition:
    """What of a definition is published."""
    return {name: value for name, value in definition.items() if name not in _LOCAL}


def alike(one: Definition, other: Definition) -> bool:
    """Whether two definitions say the same."""
    return published_part(one) == published_part(other)


def computes(delivered: Definition | None, definition: Definition) -> bool:
    """Whether the software that was delivered with its own definition computes this one."""
    if delivered is None or not delivered["computed"]:
        return False
    return all(_measure(delivered[name]) == _measure(definition[name]) for name in _COMPUTATION)


def current(
    delivered: Mapping[str, Definition], published: Mapping[str, Definition]
) -> dict[str, Definition]:
    """Each indicator as the definition that holds has it; see above."""
    found = dict(delivered)
    for code, definition in published.items():
        known = delivered.get(code)
        if known is None or definition["version"] >= known["version"]:
            local = {
                name: known[name] if known else empty for name, empty in (("baseline", None), ("targets", []))
            }
            found[code] = {**definition, **local, "computed": computes(known, definition)}
    return found


def problems(
    definition: Definition, known: Mapping[str, Definition], competencies: Collection[str]
) -> list[FieldError]:
    """What is wrong in a definition of the right form, given the `known` ones."""
    return [
        *_languages(definition),
        *_repeated(definition),
        *_percent(definition),
        *_unknown(definition, known, competencies),
        *_taken(definition, known),
    ]


def _languages(definition: Definition) -> Iterator[FieldError]:
    """Who reads the name can read the rest."""
    named = set(definition["name"])
    texts = {"/purpose": definition["purpose"], "/numerator/text": definition["numerator"]["text"]}
    if definition["denominator"] is not None:
        texts["/denominator/text"] = definition["denominator"]["text"]
    for pointer, text in texts.items():
        if set(text) != named:
            yield FieldError(
                pointer, "languages-differ", f"Send it in {', '.join(sorted(named))}, as `name`."
            )


def _repeated(definition: Definition) -> Iterator[FieldError]:
    for name in _LISTS:
        values = definition[name]
        for place, value in enumerate(values):
            if value in values[:place]:
                yield FieldError(f"/{name}/{place}", "repeated", "It is in the list already.")


def _percent(definition: Definition) -> Iterator[FieldError]:
    if definition["unit"] == "%" and definition["factor"] != PERCENT:
        yield FieldError("/factor", "factor-wrong", "A percentage has the factor 100.")


def _unknown(
    definition: Definition, known: Mapping[str, Definition], competencies: Collection[str]
) -> Iterator[FieldError]:
    for place, competency in enumerate(definition["competencies"]):
        if competency not in competencies:
            detail = f"Competencies are {', '.join(competencies)}."
            yield FieldError(f"/competencies/{place}", "competency-unknown", detail)
    for place, code in enumerate(definition["upstream"]):
        pointer = f"/upstream/{place}"
        if code == definition["code"]:
            yield FieldError(pointer, "upstream-itself", "An indicator does not move before itself.")
        elif code not in known:
            yield FieldError(pointer, "upstream-unknown", "There is no such indicator.")
        elif definition["code"] in _above([code], known):
            yield FieldError(pointer, "upstream-circular", "This indicator moves before that one.")


def _above(codes: Iterable[str], known: Mapping[str, Definition]) -> set[str]:
    """Every indicator that must move before these."""
    found: set[str] = set()
    left = list(codes)
    while left:
        upstream = set(known[left.pop()]["upstream"]) & known.keys() - found
        found |= upstream
        left += upstream
    return found


def _taken(definition: Definition, known: Mapping[str, Definition]) -> Iterator[FieldError]:
    for code, other in known.items():
        if code != definition["code"] and other["dhis2_code"] == definition["dhis2_code"]:
            yield FieldError("/dhis2_code", "dhis2-code-taken", f"It is the code of {code}.")


def _measure(value: Any) -> Any:
    """A measure is known by its expression, whatever its text."""
    return value["expression"] if isinstance(value, dict) else value
