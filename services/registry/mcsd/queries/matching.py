"""Conditions on columns for the kinds of search parameters: string, token, date, reference, distance."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa

from services.registry.mcsd import terms
from services.registry.mcsd.resources_of_units import pair_of
from services.registry.mcsd.search_terms import (
    Parameter,
    Span,
    Token,
    flag,
    number,
    refused,
    span,
    token,
    unescaped,
)
from services.registry.mcsd.sent_units import LEVELS
from services.registry.units.queries import plain

Condition = sa.ColumnElement[bool]
Column = sa.ColumnElement[Any]

_KILOMETRES = {"": 1.0, "km": 1.0, "m": 0.001, "[mi_i]": 1.609344, "mi": 1.609344}
_NEAR = 50.0  # kilometres, where a search says no distance
_RADIUS = 6371.0088  # of the earth
_CHOICES = 20  # values of a condition that no index answers: each is compared with each row


class Period(NamedTuple):
    """From the start to before the end, which is null while it is open; an instant has both alike."""

    start: Column
    end: Column


def any_of(values: Sequence[str], condition: Callable[[str], Condition]) -> Condition:
    """Whether one of the values holds."""
    return sa.or_(*[condition(value) for value in values])


def string(parameter: Parameter, columns: Sequence[Column]) -> Condition:
    """A text that begins so, case and accents aside; `:contains` anywhere; `:exact` as it is written."""

    def of(value: str) -> Condition:
        wanted = sa.literal(unescaped(value))
        if parameter.modifier == "exact":
            return sa.or_(*[column == wanted for column in columns])
        place = [sa.func.strpos(plain(column), plain(wanted)) for column in columns]
        return sa.or_(*[found > 0 if parameter.modifier == "contains" else found == 1 for found in place])

    _check(parameter, "", "exact", "contains")
    _few(parameter)
    return any_of(parameter.values, of)


def tokens(parameter: Parameter, condition: Callable[[Token], Condition]) -> Condition:
    """One of the codes; `:not` none of them."""
    _check(parameter, "", "not")
    found = any_of(parameter.values, lambda value: condition(token(value)))
    return sa.not_(found) if parameter.modifier == "not" else found


def truth(parameter: Parameter, condition: Condition) -> Condition:
    """`true` or `false` of a condition."""
    _check(parameter, "", "not")
    found = any_of(
        parameter.values, lambda value: condition if flag(parameter, value) else sa.not_(condition)
    )
    return sa.not_(found) if parameter.modifier == "not" else found


def dates(parameter: Parameter, period: Period) -> Condition:
    """A period or an instant compared with what is written (FHIR R4, 3.1.1.5.4)."""
    _check(parameter, "")
    _few(parameter)
    return any_of(parameter.values, lambda value: _compared(parameter, span(parameter, value), period))


def _compared(parameter: Parameter, asked: Span, period: Period) -> Condition:
    low, high = sa.literal(asked.start), sa.literal(asked.end)
    endless = period.end.is_(None)
    begins, ends = period
    inside = sa.and_(begins >= low, begins < high, ~endless, ends <= high)
    instant = sa.and_(begins >= low, begins < high, begins == ends)
    equal = sa.or_(inside, instant)
    later, earlier = sa.or_(endless, ends > high, sa.and_(begins == ends, begins >= high)), begins < low
    conditions: dict[str, Condition] = {
        "eq": equal,
        "ne": sa.not_(sa.func.coalesce(equal, sa.false())),
        "gt": later,
        "ge": sa.or_(later, equal),
        "lt": earlier,
        "le": sa.or_(earlier, equal),
        "sa": begins >= high,
        "eb": sa.and_(
            ~endless, sa.or_(sa.and_(begins == ends, ends < low), sa.and_(begins != ends, ends <= low))
        ),
        "ap": sa.and_(begins < high, sa.or_(endless, ends > low, sa.and_(begins == ends, ends >= low))),
    }
    if asked.prefix not in conditions:
        raise refused(parameter, "The prefix is not known.")
    return conditions[asked.prefix]


def near(parameter: Parameter, latitude: Column, longitude: Column) -> Condition:
    """`latitude|longitude|distance|unit`: within so far on a great circle; 50 km where nothing is said."""
    _check(parameter, "")
    _few(parameter)
    return any_of(parameter.values, lambda value: _within(parameter, value.split("|"), latitude, longitude))


def _within(parameter: Parameter, parts: list[str], latitude: Column, longitude: Column) -> Condition:
    north, east, distance, unit = [*parts, "", ""][:4] if 2 <= len(parts) <= 4 else ("", "", "", "?")
    if unit not in _KILOMETRES:
        raise refused(parameter, "latitude|longitude|distance|km is expected.")
    at = (number(parameter, north), number(parameter, east))
    reach = number(parameter, distance) * _KILOMETRES[unit] if distance else _NEAR
    if not (-90 <= at[0] <= 90 and -180 <= at[1] <= 180 and 0 <= reach <= 20_100):
        raise refused(parameter, "The position or the distance is not on earth.")
    here, there = (sa.func.radians(sa.literal(each, sa.Double)) for each in at)
    north_of, east_of = sa.func.radians(latitude), sa.func.radians(longitude)
    square = sa.func.pow(sa.func.sin((north_of - here) / 2), 2) + sa.func.cos(here) * sa.func.cos(
        north_of
    ) * sa.func.pow(sa.func.sin((east_of - there) / 2), 2)
    far = 2 * _RADIUS * sa.func.asin(sa.func.sqrt(sa.func.least(square, 1.0)))
    return sa.and_(latitude.is_not(None), longitude.is_not(None), far <= reach)


def _check(parameter: Parameter, *known: str) -> None:
    if parameter.modifier not in known:
        raise refused(parameter, "The modifier is not one of this parameter.")


def _few(parameter: Parameter) -> None:
    if len(parameter.values) > _CHOICES:
        raise refused(parameter, f"At most {_CHOICES} values of it are taken.")


def unit_type(unit: sa.FromClause, found: Token) -> Condition:
    """A unit of this type, level, or place and organization at once; of any where no code is said."""
    choices: list[Condition] = [sa.false()]
    if found.system in (None, terms.PAIR):
        choices += [unit.c.level == level for level in LEVELS if found.code in (None, pair_of(level))]
    if found.system in (None, terms.UNIT_LEVEL):
        choices.append(sa.true() if found.code is None else unit.c.level == found.code)
    if found.system in (None, terms.UNIT_TYPE):
        collapsed = sa.func.regexp_replace(sa.func.btrim(unit.c.type), r"\s+", " ", "g")
        choices.append(unit.c.type.is_not(None) if found.code is None else collapsed == found.code)
    return sa.or_(*choices)
