"""The search parameters that mCSD lists for each resource (ITI-90, 2:3.90.4.1.2), as conditions on rows."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from services.registry.access.queries import held_on, inside
from services.registry.mcsd import terms
from services.registry.mcsd.queries import directory_resources as directory
from services.registry.mcsd.queries import matching
from services.registry.mcsd.queries.asked import Asked
from services.registry.mcsd.queries.matching import Condition, Period
from services.registry.mcsd.queries.visible import placed_from, placed_to
from services.registry.mcsd.search_terms import Parameter, Token, referred, uuids
from services.registry.source_systems.queries import people_known_to_own, posts_known_to_own
from services.registry.tables.identifiers import unit_identifier
from services.registry.tables.people import person, post
from services.registry.tables.sent_resources import sent_resource
from services.registry.tables.source_systems import source_system
from services.registry.tables.units import unit
from shared import clock

Condense = Callable[[Parameter, Asked], Condition]


def source_code(system: str | None) -> str | None:
    """The code of the source system that a system's URI names, or its own URI; None for any."""
    return system.removeprefix(terms.SOURCE_SYSTEM) if system is not None else None


def of_source(found: Token) -> bool:
    """Whether a token may be an identifier of a source system: one of Steward's, or named by a URI."""
    return found.system is None or ":" in found.system


def _open() -> Condition:
    today = clock.today()
    still = sa.or_(unit.c.closed_on.is_(None), unit.c.closed_on > today)
    return sa.and_(unit.c.open_from <= today, still)


def _unit_identifier(found: Token) -> Condition:
    own: Condition = sa.false()
    if found.system in (None, terms.UNIT):
        own = sa.true() if found.code is None else unit.c.unit_code == found.code
    if not of_source(found):
        return own
    known = sa.select(unit_identifier.c.value).where(unit_identifier.c.unit_code == unit.c.unit_code)
    known = known.join(source_system, source_system.c.system_id == unit_identifier.c.system_id)
    if found.system is not None:
        code = source_code(found.system)
        known = known.where(sa.or_(source_system.c.code == code, source_system.c.uri == code))
    if found.code is not None:
        known = known.where(unit_identifier.c.value == found.code)
    return sa.or_(own, sa.exists(known.correlate(unit)))


def _status(found: Token) -> Condition:
    if found.system not in (None, "", "http://hl7.org/fhir/location-status"):
        return sa.false()
    return {"active": _open(), "inactive": sa.not_(_open())}.get(found.code or "", sa.false())


def _name_of_unit(parameter: Parameter, asked: Asked) -> Condition:
    """As `/v1/units?name=`: by name only units inside the caller's own are found."""
    return sa.and_(matching.string(parameter, [unit.c.name]), inside(asked.caller))


def _unit_reference(column: sa.ColumnElement[Any], kind: str) -> Condense:
    def condition(parameter: Parameter, asked: Asked) -> Condition:
        codes = [
            terms.unit_of_id(referred(parameter, value, kind, asked.bases)) for value in parameter.values
        ]
        return column.in_(codes)

    return condition


def _id_reference(column: sa.ColumnElement[Any], kind: str) -> Condense:
    def condition(parameter: Parameter, asked: Asked) -> Condition:
        return column.in_(uuids(referred(parameter, value, kind, asked.bases) for value in parameter.values))

    return condition


def _affiliation_code(found: Token) -> Condition:
    known = found.system in (None, terms.AFFILIATION) and found.code in (None, "member")
    return sa.true() if known else sa.false()


def _person_identifier(parameter: Parameter, asked: Asked) -> Condition:
    def condition(found: Token) -> Condition:
        if not of_source(found):
            return sa.false()
        return people_known_to_own(asked.caller, source_code(found.system), found.code)

    return matching.tokens(parameter, condition)


def _post_identifier(parameter: Parameter, asked: Asked) -> Condition:
    def condition(found: Token) -> Condition:
        if not of_source(found):
            return sa.false()
        return posts_known_to_own(asked.caller, source_code(found.system), found.code)

    return matching.tokens(parameter, condition)


def _role(found: Token) -> Condition:
    if found.system not in (None, terms.ROLE):
        return sa.false()
    return sa.true() if found.code is None else post.c.role_code == found.code


def _nothing(parameter: Parameter, asked: Asked) -> Condition:  # noqa: ARG001  # the shape of a condition
    """Of what no record of this server has: specialties."""
    return sa.false()


def sent_references(kind: str, wanted: Sequence[str]) -> sa.Select[Any]:
    """Keys of records of a kind that refer to a resource of the directory: terms as `service=Kind/id`."""
    found = sent_resource.c.terms.overlap(sa.cast(list(wanted), ARRAY(sa.Text)))
    return sa.select(sent_resource.c.key).where(sent_resource.c.kind == kind, found)


def _as_sent(key: sa.ColumnElement[Any], kind: str, name: str, target: str) -> Condense:
    def condition(parameter: Parameter, asked: Asked) -> Condition:
        ids = [referred(parameter, value, target, asked.bases) for value in parameter.values]
        keys = sent_references(kind, [f"{name}={target}/{id_}" for id_ in ids])
        return sa.cast(key, sa.Text).in_(keys)

    return condition


def _either(first: Condense, second: Condense) -> Condense:
    return lambda parameter, asked: sa.or_(first(parameter, asked), second(parameter, asked))


def _tokens(condition: Callable[[Token], Condition]) -> Condense:
    return lambda parameter, _: matching.tokens(parameter, condition)


def _person_names() -> list[sa.ColumnElement[Any]]:
    whole = sa.func.concat_ws(" ", person.c.given_name, person.c.family_name)
    return [person.c.family_name, sa.func.coalesce(person.c.given_name, ""), whole]


def _active_person() -> Condition:
    return sa.or_(person.c.deactivated_on.is_(None), person.c.deactivated_on > clock.today())


def _day(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    return sa.cast(column, sa.DateTime(timezone=True))


_UNITS: dict[str, Condense] = {
    "identifier": _tokens(_unit_identifier),
    "name": _name_of_unit,
    "type": _tokens(partial(matching.unit_type, unit)),
}
PARAMETERS: Mapping[str, Mapping[str, Condense]] = {
    terms.LOCATION: {
        **_UNITS,
        "status": _tokens(_status),
        "organization": _either(
            _unit_reference(unit.c.unit_code, terms.ORGANIZATION),
            _as_sent(unit.c.unit_code, terms.LOCATION, "organization", terms.ORGANIZATION),
        ),
        "partof": _unit_reference(unit.c.parent, terms.LOCATION),
        "near": lambda parameter, _: matching.near(parameter, unit.c.latitude, unit.c.longitude),
    },
    terms.ORGANIZATION: {
        **_UNITS,
        "active": lambda parameter, _: matching.truth(parameter, _open()),
        "partof": _unit_reference(unit.c.parent, terms.ORGANIZATION),
    },
    terms.AFFILIATED: {
        "active": lambda parameter, _: matching.truth(parameter, _open()),
        "date": lambda parameter, _: matching.dates(
            parameter, Period(_day(placed_from()), _day(placed_to()))
        ),
        "identifier": _tokens(_unit_identifier),
        "primary-organization": _unit_reference(unit.c.parent, terms.ORGANIZATION),
        "participating-organization": _unit_reference(unit.c.unit_code, terms.ORGANIZATION),
        "role": _tokens(_affiliation_code),
    },
    terms.PRACTITIONER: {
        "active": lambda parameter, _: matching.truth(parameter, _active_person()),
        "identifier": _person_identifier,
        "name": lambda parameter, _: matching.string(parameter, _person_names()),
        "given": lambda parameter, _: matching.string(parameter, [sa.func.coalesce(person.c.given_name, "")]),
        "family": lambda parameter, _: matching.string(parameter, [person.c.family_name]),
    },
    terms.ROLE_OF: {
        "active": lambda parameter, _: matching.truth(parameter, held_on(post, sa.literal(clock.today()))),
        "identifier": _post_identifier,
        "location": _unit_reference(post.c.unit_code, terms.LOCATION),
        "organization": _either(
            _unit_reference(post.c.unit_code, terms.ORGANIZATION),
            _as_sent(post.c.post_id, terms.ROLE_OF, "organization", terms.ORGANIZATION),
        ),
        "practitioner": _id_reference(post.c.person_id, terms.PRACTITIONER),
        "role": _tokens(_role),
        "service": _as_sent(post.c.post_id, terms.ROLE_OF, "service", terms.SERVICE),
        "specialty": _nothing,
    },
    terms.SERVICE: {
        name: partial(directory.condition, terms.SERVICE)
        for name in ("active", "identifier", "location", "name", "organization", "service-type")
    },
    terms.ENDPOINT: {
        name: partial(directory.condition, terms.ENDPOINT)
        for name in ("identifier", "organization", "status")
    },
}
