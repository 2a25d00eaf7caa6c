"""What a person's record says after two became one, and what each says after they are parted again.

Of a field whose systems are in order (`field_precedence.order`) the first of them that knows either record
decides, and the surviving record where it knows both. Otherwise the surviving record's value counts, and the
other's where it has none. Somebody who has seen both may choose otherwise, field by field.
"""

from collections.abc import Mapping, Sequence, Set
from typing import Any, Literal, NamedTuple

from services.registry.field_precedence.order import FIELDS, Precedence

Side = Literal["survivor", "merged"]
LEAVING = ("deactivated_on", "leaving_reason", "leaving_destination")
Values = Mapping[str, Any]


class Known(NamedTuple):
    """A record: its columns, and the ids of the source systems that know it."""

    values: Values
    systems: Set[str]


class Returned(NamedTuple):
    """What goes back to what it was, and the names of what changed since and stays."""

    values: dict[str, Any]
    edited: list[str]


def surviving(
    survivor: Known, merged: Known, precedence: Precedence, choices: Mapping[Any, Side]
) -> dict[str, Any]:
    """The fields of the one record. A person has left once both records say so, from the later day on."""
    found = {
        field: (survivor if _side(field, survivor, merged, precedence, choices) == "survivor" else merged)
        .values[field]
        for field in FIELDS
    }  # fmt: skip
    return found | _leaving(survivor.values, merged.values)


def returned(before: Values, after: Values, now: Values) -> Returned:
    """What a record says once a change from `before` to `after` is undone, `now` being what it says today.

    What nobody changed since goes back. Where somebody did, their word stays.
    """
    back, edited = {}, []
    for name, value in before.items():
        if now[name] == after[name]:
            back[name] = value
        elif now[name] != value:
            edited.append(name)
    return Returned(back, edited)


def _side(
    field: str, survivor: Known, merged: Known, precedence: Precedence, choices: Mapping[Any, Side]
) -> Side:
    if field in choices:
        return choices[field]
    for system in _first_known(precedence.get(field, ()), survivor.systems | merged.systems):
        return "survivor" if system in survivor.systems else "merged"
    return "merged" if survivor.values[field] is None else "survivor"


def _first_known(order: Sequence[str], known: Set[str]) -> list[str]:
    return [system for system in order if system in known][:1]


def _leaving(survivor: Values, merged: Values) -> dict[str, Any]:
    days = [values["deactivated_on"] for values in (survivor, merged)]
    if None in days:
        return dict.fromkeys(LEAVING)
    later = survivor if days[0] >= days[1] else merged
    return {name: later[name] for name in LEAVING}
