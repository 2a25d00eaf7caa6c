"""What a Practitioner or PractitionerRole that was sent means in Steward's fields (ITI-130)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from services.registry import record_fields
from services.registry.mcsd import terms
from shared.errors import FieldError, Invalid
from shared.fields import Wrong, check_day, last_day

Sent = Mapping[str, Any]
Identifier = tuple[str, str, str]  # code of the system, value, and where it is


@dataclass(frozen=True, slots=True)
class Person:
    """A person that was sent: the columns of `person` that the resource says, all of them."""

    values: dict[str, Any]
    identifiers: list[Identifier]
    active: bool


@dataclass(frozen=True, slots=True)
class Post:
    """A post that was sent; references are still as they were written."""

    values: dict[str, Any]
    identifiers: list[Identifier]
    active: bool
    practitioner: str
    places: list[tuple[str, str]]  # kind and reference, the one that counts first
    manager: str | None


def person(sent: Sent) -> Person:
    """A Practitioner. Raises Invalid with the FHIRPath of what is not taken."""
    name, at = chosen_name(sent)
    family = name.get("family") or ("" if name.get("given") else name.get("text")) or name.get("text") or ""
    values: dict[str, Any] = {"family_name": read(record_fields.NAME.read, family, f"{at}/family")}
    given = " ".join(each for each in name.get("given", ()) if each)
    values["given_name"] = read(record_fields.NAME.read, given, f"{at}/given") if given else None
    for kind, field in (("phone", record_fields.PHONE), ("email", record_fields.EMAIL)):
        values[kind] = _contact(sent, kind, field.read)
    gender = sent.get("gender")
    if gender not in (*record_fields.SEXES, "unknown", None):
        raise wrong("/Practitioner/gender", "malformed", "male, female, other or unknown is expected.")
    values["sex"] = None if gender == "unknown" else gender
    born = sent.get("birthDate")
    values["birth_year"] = None if born is None else int(str(born)[:4])
    values["cadre"] = _cadre(sent)
    return Person(values, identifiers(sent), sent.get("active", True))


def post(sent: Sent, today: date) -> Post:
    """A PractitionerRole; without a period it begins today. Raises Invalid."""
    practitioner = sent.get("practitioner", {}).get("reference")
    if not practitioner:
        raise wrong("/PractitionerRole/practitioner", "missing", "A role names its practitioner.")
    period, extensions = sent.get("period", {}), {each.get("url"): each for each in sent.get("extension", ())}
    start, end = _day(period, "start"), _day(period, "end")
    values = {
        "role_code": _role(sent),
        "valid_from": start or today,
        "valid_to": end,
        "acting": extensions.get(terms.ACTING, {}).get("valueBoolean", False),
        "primary_claim": extensions.get(terms.PRIMARY, {}).get("valueBoolean", False),
    }
    manager = extensions.get(terms.MANAGER, {}).get("valueReference", {}).get("reference")
    active = sent.get("active", True)
    return Post(values, identifiers(sent), active, practitioner, _places(sent), manager)


def identifiers(sent: Sent, others: tuple[str, ...] = ()) -> list[Identifier]:
    """The identifiers of source systems; those of the `others` are left out. Raises Invalid."""
    found, kind = [], sent["resourceType"]
    for number, each in enumerate(sent.get("identifier", ())):
        at, system = f"/{kind}/identifier/{number}", each.get("system", "")
        if system in others:
            continue
        if not system.startswith(terms.SOURCE_SYSTEM) or not each.get("value"):
            detail = f"A system is {terms.SOURCE_SYSTEM} and the code of a source system, and has a value."
            raise wrong(f"{at}/system", "source-system-unknown", detail)
        value = read(record_fields.EXTERNAL_ID.read, each["value"], f"{at}/value")
        found.append((system.removeprefix(terms.SOURCE_SYSTEM), value, at))
    return found


def read(reader: Callable[[str], str], text: str, at: str) -> str:
    """A text by its definition. Raises Invalid."""
    try:
        return reader(text)
    except Wrong as error:
        raise wrong(at, error.code, error.detail) from None


def wrong(at: str, code: str, detail: str) -> Invalid:
    """The refusal of an element; its value is not repeated."""
    error = FieldError(at, code, detail)
    return Invalid("resource-invalid", "The resource is not taken; see the issues.", [error])


def chosen_name(sent: Sent) -> tuple[Sent, str]:
    """The name that counts, the official one or else the first, and where it is. Raises Invalid."""
    names = sent.get("name") or []
    if not names:
        raise wrong("/Practitioner/name", "missing", "mCSD asks for a name.")
    number = next((place for place, each in enumerate(names) if each.get("use") == "official"), 0)
    return names[number], f"/Practitioner/name/{number}"


def _contact(sent: Sent, kind: str, reader: Callable[[str], str]) -> str | None:
    for number, each in enumerate(sent.get("telecom", ())):
        if each.get("system") == kind and each.get("value"):
            return read(reader, each["value"], f"/Practitioner/telecom/{number}/value")
    return None


def chosen_qualification(sent: Sent) -> int | None:
    """The place of the qualification that says the cadre, None where none does."""
    every = enumerate(sent.get("qualification", ()))
    return next((number for number, each in every if _text_of(each.get("code", {}))), None)


def _cadre(sent: Sent) -> str | None:
    number = chosen_qualification(sent)
    if number is None:
        return None
    text = _text_of(sent["qualification"][number]["code"])
    return read(record_fields.NAME.read, text, f"/Practitioner/qualification/{number}/code")


def _text_of(code: Sent) -> str:
    codings = code.get("coding") or [{}]
    return code.get("text") or codings[0].get("display") or codings[0].get("code") or ""


def _role(sent: Sent) -> str:
    codings = [coding for code in sent.get("code", ()) for coding in code.get("coding", ())]
    own = [coding for coding in codings if coding.get("system") == terms.ROLE]
    for coding in (*own, *codings):  # else one that a role of Steward's is named after
        if coding.get("code"):
            return read(record_fields.CODE.read, coding["code"], "/PractitionerRole/code/0")
    raise wrong("/PractitionerRole/code", "role-unknown", f"A code of the system {terms.ROLE} is expected.")


def _places(sent: Sent) -> list[tuple[str, str]]:
    listed = [(terms.ORGANIZATION, sent.get("organization", {}))]
    listed += [(terms.LOCATION, each) for each in sent.get("location", ())]
    found = [(kind, each["reference"]) for kind, each in listed if each.get("reference")]
    if not found:
        raise wrong("/PractitionerRole/organization", "missing", "A role is at an organization or location.")
    return found


def _day(period: Sent, name: str) -> date | None:
    at, text = f"/PractitionerRole/period/{name}", period.get(name)
    if text is None:
        return None
    try:
        day = date.fromisoformat(str(text)[:10])
        return check_day(day) if name == "start" else last_day(day)
    except Wrong as error:
        raise wrong(at, error.code, error.detail) from None
    except ValueError:
        raise wrong(at, "malformed", "A whole day is expected, YYYY-MM-DD.") from None
