"""What a client says of a user, read as the registry's fields are read at every other door."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.registry.record_fields import BIRTH_YEARS, CODE, EMAIL, EXTERNAL_ID, NAME, PHONE, SEXES
from shared.fields import OPEN_END, Text, Wrong, check_day

USER_NAME = Text(254)  # as long as a mail address, which it often is
MOST_CONTACTS = 20  # addresses, and as many numbers, of one person


@dataclass(frozen=True, slots=True)
class Contact:
    """An e-mail address or a phone number with its labels."""

    value: str
    type: str | None = None
    display: str | None = None
    primary: bool | None = None


@dataclass(frozen=True, slots=True)
class WantedPost:
    """A post as the client says it; `primary` is None where it says nothing."""

    unit_code: str
    role_code: str
    valid_from: date
    valid_to: date | None = None
    acting: bool = False
    primary: bool | None = None
    post_id: str | None = None


@dataclass(frozen=True, slots=True)
class UserValues:
    """A whole user. `person` and `profile` have the columns of those tables.

    `active` None: not stated, which means that they work.
    """

    user_name: str
    external_id: str | None
    employee_number: str | None
    active: bool | None
    person: Mapping[str, Any] = field(default_factory=dict)
    profile: Mapping[str, Any] = field(default_factory=dict)
    posts: Sequence[WantedPost] = ()


def text(value: str | None, kind: Text, path: str) -> str | None:
    """A text as `kind` reads it; identity systems write an empty one for none. Raises Wrong with the path."""
    if value is None or not value.strip():
        return None
    return _read(value, kind, path)


def required(value: str | None, kind: Text, path: str) -> str:
    """A text that may not be missing. Raises Wrong `blank` and as `text`."""
    return _read(value or "", kind, path)


def code(value: str | None, path: str) -> str:
    """The code of a unit or role. Raises Wrong with the path."""
    return required(value, CODE, path)


def name(value: str | None, path: str) -> str | None:
    """A name, a kind, a label. Raises Wrong with the path."""
    return text(value, NAME, path)


def identifier(value: str | None, path: str) -> str | None:
    """What another system calls something. Raises Wrong with the path."""
    return text(value, EXTERNAL_ID, path)


def sex(value: str | None, path: str) -> str | None:
    """One of the registry's values, whatever its case. Raises Wrong `malformed`."""
    if value is None or value.lower() in SEXES:
        return value and value.lower()
    raise Wrong("malformed", f"One of {', '.join(SEXES)} is expected.", path)


def birth_year(value: str | None, path: str) -> int | None:
    """A year in four digits. Raises Wrong `malformed`."""
    if value is None:
        return None
    if len(value) == 4 and value.isascii() and value.isdigit() and BIRTH_YEARS[0] <= int(value):
        return int(value)
    raise Wrong("malformed", "A year of four digits from 1900 is expected.", path)


def day(value: str | None, path: str) -> date:
    """A day written YYYY-MM-DD, from 1900 to 2200. Raises Wrong `malformed` or `day-out-of-range`."""
    written = value or ""
    try:
        found = date.fromisoformat(written)
    except ValueError:
        found = None
    if found is None or found.isoformat() != written:
        raise Wrong("malformed", "A day is written YYYY-MM-DD.", path)
    try:
        return found if found == OPEN_END else check_day(found)
    except Wrong as wrong:
        raise Wrong(wrong.code, wrong.detail, path) from None


def last_day(value: str | None, path: str) -> date | None:
    """A last day; none, an empty text and 9999-12-31 mean open. Raises as `day`."""
    if value is None or not value.strip():
        return None
    found = day(value, path)
    return None if found == OPEN_END else found


def contacts(kind: str, values: Sequence[Contact], path: str) -> dict[str, Any]:
    """Columns of person and profile for e-mail addresses (`email`) or phone numbers (`phone`).

    The primary one, else the first, is the person's own. Raises Wrong `too-many` and as `text`.
    """
    if len(values) > MOST_CONTACTS:
        raise Wrong("too-many", f"At most {MOST_CONTACTS} values are taken.", path)
    form = EMAIL if kind == "email" else PHONE
    read = [
        Contact(
            required(each.value, form, f"{path}.value"),
            name(each.type, f"{path}.type"),
            name(each.display, f"{path}.display"),
            each.primary,
        )
        for each in values
    ]
    first = next((each for each in read if each.primary), read[0] if read else None)
    rest = [_labelled(each) for each in read if each is not first]
    return {
        kind: first and first.value,
        f"{kind}_type": first and first.type,
        f"{kind}_display": first and first.display,
        f"{kind}_primary": first and first.primary,
        f"further_{kind}s": rest or None,
    }


def _labelled(contact: Contact) -> dict[str, Any]:
    return {
        "value": contact.value,
        "type": contact.type,
        "display": contact.display,
        "primary": contact.primary,
    }


def _read(value: str, kind: Text, path: str) -> str:
    try:
        return kind.read(value)
    except Wrong as wrong:
        raise Wrong(wrong.code, wrong.detail, path) from None
