"""The books as lines of files."""

import csv
import io
from collections.abc import Iterable
from datetime import date

from steward_client import models
from tests.hris.books import Reason, Staff

PEOPLE_HEADERS = (
    "Matricule",
    "Nom",
    "Prénom",
    "Sexe",
    "Année de naissance",
    "Profession",
    "Ancien matricule",
)
POSTS_HEADERS = ("Numéro de poste", "Matricule", "Code unité", "Fonction", "Date de début", "À partir du")


def people_table(people: Iterable[Staff], encoding: str) -> bytes:
    """The file of people as a spreadsheet in French writes it."""
    rows = [
        (
            each.number, each.family, each.given, each.sex, each.birth_year, each.cadre,
            each.former[-1] if each.former else None,
        )
        for each in people
    ]  # fmt: skip
    return _table(PEOPLE_HEADERS, rows, encoding)


def posts_table(people: Iterable[Staff], encoding: str) -> bytes:
    """The file of posts in the same form, days as `DD/MM/YYYY`."""
    lines = [post_line(each) for each in people]
    rows = [
        (
            each["external_id"], each["person_external_id"], each["unit_code"], each["role_code"],
            _day(each["valid_from"]), _day(each.get("as_of")),
        )
        for each in lines
    ]  # fmt: skip
    return _table(POSTS_HEADERS, rows, encoding)


def _day(text: str | None) -> str | None:
    return None if text is None else f"{date.fromisoformat(text):%d/%m/%Y}"


def _table(headers: Iterable[str], rows: Iterable[Iterable[object]], encoding: str) -> bytes:
    written = io.StringIO()
    table = csv.writer(written, delimiter=";", lineterminator="\r\n")
    table.writerows([headers, *rows])
    return written.getvalue().encode(encoding)


def person_line(person: Staff) -> models.PersonLine:
    """A person as the file of people has them."""
    line: models.PersonLine = {
        "external_id": person.number,
        "family_name": person.family,
        "given_name": person.given,
        "sex": person.sex,
        "birth_year": person.birth_year,
        "cadre": person.cadre,
    }
    if person.former:
        line["former_external_id"] = person.former[-1]
    return line


def post_line(person: Staff) -> models.PostLine:
    """The latest post as the file of posts has it, with the day from which it is so."""
    term = person.term
    line: models.PostLine = {
        "external_id": str(term.key),
        "person_external_id": person.number,
        "unit_code": term.unit,
        "role_code": term.role,
        "valid_from": str(person.began),
    }
    if term.since != person.began:
        line["as_of"] = term.since.isoformat()
    return line


def leaver_line(person: Staff, day: date, reason: Reason) -> models.LeaverLine:
    """Somebody who left, as the file of leavers has them."""
    return {"external_id": person.number, "on": day.isoformat(), "reason": reason}
