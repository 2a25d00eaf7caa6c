"""The books as lines of files."""

from datetime import date

from steward_client import models
from tests.hris.books import Reason, Staff


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
