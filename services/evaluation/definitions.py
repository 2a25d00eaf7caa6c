"""Definitions of indicators: which of two holds, and whether this release computes what one says. Pure."""

from collections.abc import Mapping
from typing import Any

Definition = dict[str, Any]  # as content/indicators.json has it

# What is computed depends on these; texts, owners and links may change without other software.
_COMPUTATION = ("numerator", "denominator", "unit", "factor", "window_months", "direction")
# Kept where the content is delivered; the event has targets of its own.
_LOCAL = ("baseline", "targets", "computed")


def told(definition: Definition) -> Definition:
    """What of a definition is published."""
    return {name: value for name, value in definition.items() if name not in _LOCAL}


def alike(one: Definition, other: Definition) -> bool:
    """Whether two definitions say the same."""
    return told(one) == told(other)


def computes(delivered: Definition | None, definition: Definition) -> bool:
    """Whether the software that was delivered with its own definition computes this one."""
    if delivered is None or not delivered["computed"]:
        return False
    return all(_measure(delivered[name]) == _measure(definition[name]) for name in _COMPUTATION)


def current(
    delivered: Mapping[str, Definition], published: Mapping[str, Definition]
) -> dict[str, Definition]:
    """Each indicator as its newest definition has it; of the same version the delivered one holds."""
    found = dict(delivered)
    for code, definition in published.items():
        known = delivered.get(code)
        if known is None or definition["version"] > known["version"]:
            local = {
                name: known[name] if known else empty for name, empty in (("baseline", None), ("targets", []))
            }
            found[code] = {**definition, **local, "computed": computes(known, definition)}
    return found


def _measure(value: Any) -> Any:
    """A measure is known by its expression, whatever its text."""
    return value["expression"] if isinstance(value, dict) else value
