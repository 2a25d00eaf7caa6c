"""Users between what is stored and what is sent."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from scim2_models import Meta

from services.registry.primary_post import MOST
from services.registry.scim import user_fields
from services.registry.scim.api.resources import (
    Email,
    EnterpriseUser,
    Group,
    GroupMembership,
    HealthUser,
    HeldPost,
    Manager,
    Member,
    Name,
    Person,
    PhoneNumber,
)
from services.registry.scim.post_changes import distinct
from services.registry.scim.user_fields import Contact, UserValues, WantedPost
from shared import clock
from shared.fields import Wrong

Row = Mapping[str, Any]
_ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_HEALTH = "urn:steward:scim:schemas:extension:health:1.0:User"


def user_of(row: Row) -> Person:
    """The resource of a stored person."""
    user = Person(
        id=str(row["person_id"]),
        external_id=row["external_id"],
        user_name=row["user_name"],
        name=_name(row),
        display_name=row["display_name"],
        title=row["title"],
        preferred_language=row["preferred_language"],
        locale=row["locale"],
        active=row["active_shown"],
        emails=_contacts(Email, row, "email"),
        phone_numbers=_contacts(PhoneNumber, row, "phone"),
        groups=_groups(row["posts"]) or None,
        meta=Meta(
            resource_type="User",
            created=row["created"],
            last_modified=row["recorded_at"],
            version=f'W/"{row["version"]}"',
        ),
    )
    enterprise = _filled(EnterpriseUser, row, _ENTERPRISE_FIELDS)
    if row["manager"] is not None:
        enterprise = enterprise or EnterpriseUser()
        enterprise.manager = _manager(row["manager"])
    if enterprise is not None:
        user[EnterpriseUser] = enterprise
    health = _filled(HealthUser, row, _HEALTH_FIELDS) or HealthUser()
    health.birth_year = str(row["birth_year"]) if row["birth_year"] is not None else None
    posts = [_post(each) for each in row["posts"] if _lasts(each)]
    health.posts = posts or [HeldPost(**each) for each in row["waiting_posts"] or ()] or None
    if health != HealthUser():
        user[HealthUser] = health
    return user


_ENTERPRISE_FIELDS = ("employee_number", "cost_center", "organization", "division", "department")
_HEALTH_FIELDS = ("cadre", "sex", "employment_status", "licence_number")


def group_of(row: Row) -> Group[Any]:
    """The resource of a group."""
    members = [Member(value=each, ref=f"Users/{each}", type="User") for each in sorted(row["members"])]
    return Group(
        id=row["id"],
        display_name=row["id"],
        members=members,
        meta=Meta(
            resource_type="Group",
            created=row["created"],
            last_modified=row["last_modified"],
            version=row["version"],
        ),
    )


def _manager(row: Row) -> Manager:
    name = " ".join(filter(None, (row["given_name"], row["family_name"])))
    return Manager(value=str(row["person_id"]), ref=f"Users/{row['person_id']}", display_name=name)


def _name(row: Row) -> Name | None:
    name = Name(
        formatted=row["formatted_name"], family_name=row["family_name_shown"], given_name=row["given_name"]
    )
    return None if name == Name() else name


def _filled(model: Callable[..., Any], row: Row, names: Iterable[str]) -> Any:
    found = {name: row[name] for name in names if row[name] is not None}
    return model(**found) if found else None


def _contacts(model: Callable[..., Any], row: Row, kind: str) -> list[Any] | None:
    found = []
    if row[kind] is not None:
        found.append({"value": row[kind], **{name: row[f"{kind}_{name}"] for name in _LABELS}})
    found += row[f"further_{kind}s"] or []
    return [model(**each) for each in found] or None


_LABELS = ("type", "display", "primary")


def _post(row: Row) -> HeldPost:
    return HeldPost(
        value=str(row["post_id"]),
        facility_code=row["unit_code"],
        role_code=row["role_code"],
        level=row["level"],
        start=row["since"].isoformat(),
        end=row["valid_to"] and row["valid_to"].isoformat(),
        primary=row["primary_claim"],
        acting=row["acting"],
    )


def _groups(posts: Sequence[Row]) -> list[GroupMembership]:
    held = {f"{row['unit_code']}:{row['role_code']}" for row in posts if _lasts(row) and _begun(row)}
    return [
        GroupMembership(value=group, ref=f"Groups/{group}", display=group, type="direct")
        for group in sorted(held)
    ]


def _lasts(row: Row) -> bool:
    return row["valid_to"] is None or row["valid_to"] >= clock.today()


def _begun(row: Row) -> bool:
    return bool(row["valid_from"] <= clock.today())


def values_of(user: Person) -> UserValues:
    """What a client says of a user. Raises Wrong with the path of what is wrong."""
    health = user[HealthUser] or HealthUser()
    enterprise = user[EnterpriseUser] or EnterpriseUser()
    email = user_fields.contacts("email", _stated(user.emails), "emails")
    phone = user_fields.contacts("phone", _stated(user.phone_numbers), "phoneNumbers")
    profile = {
        "display_name": user_fields.name(user.display_name, "displayName"),
        "title": user_fields.name(user.title, "title"),
        "preferred_language": user_fields.name(user.preferred_language, "preferredLanguage"),
        "locale": user_fields.name(user.locale, "locale"),
        "cost_center": user_fields.name(enterprise.cost_center, f"{_ENTERPRISE}:costCenter"),
        "organization": user_fields.name(enterprise.organization, f"{_ENTERPRISE}:organization"),
        "division": user_fields.name(enterprise.division, f"{_ENTERPRISE}:division"),
        "department": user_fields.name(enterprise.department, f"{_ENTERPRISE}:department"),
        "employment_status": user_fields.name(health.employment_status, f"{_HEALTH}:employmentStatus"),
        "licence_number": user_fields.identifier(health.licence_number, f"{_HEALTH}:licenceNumber"),
        **email,
        **phone,
    }
    person = {
        "email": profile.pop("email"),
        "phone": profile.pop("phone"),
        "sex": user_fields.sex(health.sex, f"{_HEALTH}:sex"),
        "birth_year": user_fields.birth_year(health.birth_year, f"{_HEALTH}:birthYear"),
        "cadre": user_fields.name(health.cadre, f"{_HEALTH}:cadre"),
    }
    user_name = user_fields.required(user.user_name, user_fields.USER_NAME, "userName")
    names = _names(user, profile["display_name"] or user_name)
    profile |= {column: names.pop(column) for column in ("formatted_name", "derived_name")}
    return UserValues(
        user_name=user_name,
        external_id=user_fields.identifier(user.external_id, "externalId"),
        employee_number=user_fields.identifier(enterprise.employee_number, f"{_ENTERPRISE}:employeeNumber"),
        active=user.active,
        person={**person, **names},
        profile=profile,
        posts=_posts_of(health),
    )


def _names(user: Person, otherwise: str) -> dict[str, str | None]:
    """The registry records nobody without a family name: the whole name stands for one that is not stated."""
    stated = user.name or Name()
    formatted = user_fields.name(stated.formatted, "name.formatted")
    family = user_fields.name(stated.family_name, "name.familyName")
    derived = None if family else formatted or user_fields.name(otherwise[:200], "displayName")
    return {
        "family_name": family or derived,
        "derived_name": derived,
        "given_name": user_fields.name(stated.given_name, "name.givenName"),
        "formatted_name": formatted,
    }


def _stated(contacts: Iterable[Any] | None) -> list[Contact]:
    return [Contact(each.value or "", each.type, each.display, each.primary) for each in contacts or ()]


def _posts_of(health: HealthUser) -> list[WantedPost]:
    """The list of posts, also one that waits for somebody to work. Raises Wrong `posts-too-many`."""
    stated = health.posts or []
    if len(stated) > MOST:
        raise Wrong("posts-too-many", f"A person has up to {MOST} posts.", f"{_HEALTH}:posts")
    return distinct([_wanted(each) for each in stated])


def _wanted(post: HeldPost) -> WantedPost:
    path = f"{_HEALTH}:posts"
    return WantedPost(
        unit_code=user_fields.code(post.facility_code, f"{path}.facilityCode"),
        role_code=user_fields.code(post.role_code, f"{path}.roleCode"),
        valid_from=user_fields.day(post.start, f"{path}.start"),
        valid_to=user_fields.last_day(post.end, f"{path}.end"),
        acting=bool(post.acting),
        primary=post.primary,
        post_id=post.value,
    )
