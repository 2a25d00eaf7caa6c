"""Where the attributes of a User are stored: a column for each, and rows for each that has several values."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from services.registry.access.queries import held_on
from services.registry.tables.identifiers import identified_person
from services.registry.tables.people import person, person_version, post
from services.registry.tables.scim import scim_account, scim_profile
from services.registry.tables.units import role
from shared import clock

Column = sa.ColumnElement[Any]
Path = tuple[str, str | None]  # names of fields: the attribute and its sub-attribute
URN = "urn:ietf:params:scim:schemas:core:2.0:User"


@dataclass(frozen=True, slots=True)
class Attributes:
    """`single` has the column of each attribute with one value, `several` the rows of each with more."""

    single: Mapping[Path, Column]
    several: Mapping[str, sa.FromClause]


def sources(system: str | None) -> sa.FromClause:
    """People joined with what SCIM says of them; `system` is the id of the source system that asks, if any."""
    mine = sa.and_(scim_account.c.person_id == person.c.person_id, scim_account.c.system_id == system)
    stated = scim_profile.c.person_id == person.c.person_id
    return person.outerjoin(scim_profile, stated).outerjoin(scim_account, mine)


def is_active() -> sa.ColumnElement[bool]:
    """Whether the person has not left."""
    return sa.or_(person.c.deactivated_on.is_(None), person.c.deactivated_on > clock.today())


def active_shown() -> Column:
    """As `is_active`, null where a client took the attribute away from somebody who works."""
    return sa.case(
        (sa.and_(is_active(), scim_profile.c.active_unsaid.is_(True)), sa.null()), else_=is_active()
    )


def family_name_shown() -> Column:
    """The family name, null where no client stated one."""
    return sa.case(
        (scim_profile.c.derived_name == person.c.family_name, sa.null()), else_=person.c.family_name
    )


def is_there() -> sa.ColumnElement[bool]:
    """Whether the person is not deleted by SCIM; who was, and works again, is there."""
    return sa.or_(scim_profile.c.deleted.is_not(True), is_active())


def external_id(system: str | None) -> Column:
    """What the system calls the person."""
    known = sa.select(identified_person.c.value).where(
        identified_person.c.person_id == person.c.person_id, identified_person.c.system_id == system
    )
    return known.correlate(person).scalar_subquery()


def user_name() -> Column:
    """The name that the system gave; until then the person's id."""
    return sa.func.coalesce(scim_account.c.user_name, sa.cast(person.c.person_id, sa.Text))


def created() -> Column:
    """When the person was first recorded."""
    earlier = sa.select(sa.func.min(person_version.c.recorded_at))
    first = earlier.where(person_version.c.person_id == person.c.person_id).correlate(person)
    return sa.func.least(first.scalar_subquery(), person.c.recorded_at, type_=person.c.recorded_at.type)


def version() -> Column:
    """The weak entity tag."""
    return sa.func.concat('W/"', person.c.version, '"')


def attributes(system: str | None, location: str) -> Attributes:
    """Everything that filters and sorting may name; `location` is the address of all Users."""
    identity = sa.cast(person.c.person_id, sa.Text)
    profile = scim_profile.c
    single: dict[Path, Column] = {
        ("id", None): identity,
        ("external_id", None): external_id(system),
        ("user_name", None): user_name(),
        ("name", "formatted"): profile.formatted_name,
        ("name", "family_name"): family_name_shown(),
        ("name", "given_name"): person.c.given_name,
        ("active", None): active_shown(),
        ("employee_number", None): scim_account.c.employee_number,
        ("cadre", None): person.c.cadre,
        ("sex", None): person.c.sex,
        ("birth_year", None): sa.cast(person.c.birth_year, sa.Text),
        ("meta", "resource_type"): sa.literal("User"),
        ("meta", "created"): created(),
        ("meta", "last_modified"): person.c.recorded_at,
        ("meta", "version"): version(),
        ("meta", "location"): sa.literal(f"{location}/") + identity,
    }
    single |= {(name, None): profile[name] for name in _PLAIN}
    several = {
        "emails": _contacts(person.c.email, "email", profile.further_emails),
        "phone_numbers": _contacts(person.c.phone, "phone", profile.further_phones),
        "groups": _groups(),
        "posts": _posts(),
        "schemas": sa.select(sa.literal(URN).label("value")).correlate(person).lateral("declared"),
    }
    return Attributes(single, several)


_PLAIN = (
    "display_name", "title", "preferred_language", "locale", "cost_center", "organization", "division",
    "department", "employment_status", "licence_number",
)  # fmt: skip


def _contacts(column: Column, kind: str, further: Column) -> sa.FromClause:
    """The first address or number from the person's own record, and the further ones."""
    labels = [scim_profile.c[f"{kind}_{name}"].label(name) for name in ("type", "display", "primary")]
    first = sa.select(column.label("value"), *labels).where(column.is_not(None))
    kinds = {"value": sa.Text, "type": sa.Text, "display": sa.Text, "primary": sa.Boolean}
    rows = sa.func.jsonb_to_recordset(further).table_valued(
        *(sa.column(name, each) for name, each in kinds.items()), name=f"further_{kind}"
    )
    rest = sa.select(*rows.render_derived(with_types=True).c)
    return sa.union_all(first.correlate(person, scim_profile), rest.correlate(person, scim_profile)).lateral(
        f"every_{kind}"
    )


def _groups() -> sa.FromClause:
    today = held_on(post, sa.literal(clock.today()))
    value = post.c.unit_code + ":" + post.c.role_code
    kind = sa.literal("direct").label("type")
    select = sa.select(value.label("value"), value.label("display"), kind).distinct()
    return (
        select.where(post.c.person_id == person.c.person_id, today).correlate(person).lateral("memberships")
    )


def _posts() -> sa.FromClause:
    """Posts that are held today or to come; days are written as in ISO 8601."""
    lasting = sa.or_(post.c.valid_to.is_(None), post.c.valid_to >= clock.today())
    select = sa.select(
        sa.cast(post.c.post_id, sa.Text).label("value"),
        post.c.unit_code.label("facility_code"),
        post.c.role_code,
        role.c.level,
        sa.func.to_char(post.c.valid_from, "YYYY-MM-DD").label("start"),
        sa.func.to_char(post.c.valid_to, "YYYY-MM-DD").label("end"),
        post.c.primary_claim.label("primary"),
        post.c.acting,
    ).join(role, role.c.role_code == post.c.role_code)
    return select.where(post.c.person_id == person.c.person_id, lasting).correlate(person).lateral("held")
