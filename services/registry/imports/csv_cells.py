"""Cells of a CSV file as values of the fields that they are of: text stays text, with its leading zeros."""

import re
from collections.abc import Callable
from typing import Any

from shared.errors import FieldError, Invalid
from shared.fields import Wrong

Convert = Callable[[str], Any]

SURROUNDING = " \t\r\n\u00a0\ufeff"
MARKS = "=#"  # what a cell begins with that is to be looked at as `text` does
_YES = frozenset({"true", "yes", "y", "1", "x", "oui", "o", "vrai"})
_NO = frozenset({"false", "no", "n", "0", "non", "faux"})
_SEXES = {
    "f": "female", "female": "female", "femme": "female", "féminin": "female", "feminin": "female", "w": "female",
    "m": "male", "male": "male", "h": "male", "homme": "male", "masculin": "male", "autre": "other",
}  # fmt: skip
_WHOLE = re.compile(r"([0-9]{1,9})(?:[.,]0+)?")
_ISO = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_QUOTED_FORMULA = re.compile(r'="(.*)"', re.DOTALL)  # how spreadsheets are made to keep leading zeros
_ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"})
_PARTS = {"YYYY": r"(?P<year>[0-9]{4})", "MM": r"(?P<month>[0-9]{1,2})", "DD": r"(?P<day>[0-9]{1,2})"}
_FORM = re.compile(r"(?P<part>YYYY|MM|DD)|[-/. ]")
_WHOLES = frozenset({"birth_year", "posts", "staff"})
_FLAGS = frozenset({"acting", "primary"})
DAYS = frozenset({"valid_from", "valid_to", "as_of", "on"})


def text(cell: str) -> str:
    """A cell without what surrounds it. Raises Wrong `cell-error` for the error of a spreadsheet."""
    value = cell.strip(SURROUNDING)
    if value.startswith("=") and (found := _QUOTED_FORMULA.fullmatch(value)):
        value = found[1].replace('""', '"')
    if value.startswith("#") and value in _ERRORS:
        raise Wrong("cell-error", "The cell has an error of the spreadsheet.")
    return value


def converter(field: str, dates: str | None) -> Convert | None:
    """How cells of a field become its values; None where they are text. What does not fit stays as it is written.

    `dates` is the form of days, such as DD/MM/YYYY, else YYYY-MM-DD. Raises Invalid `dates-unknown`.
    """
    if field == "sex":
        return lambda cell: _SEXES.get(cell.casefold(), cell)
    if field in _WHOLES:
        return _whole
    if field in _FLAGS:
        return _flag
    if field in DAYS:
        return _days(dates) if dates is not None else _iso
    return None


def check_dates(dates: str) -> None:
    """Pass where a form of days names year, month and day once each. Raises Invalid `dates-unknown`."""
    parts = sorted(found["part"] for found in _FORM.finditer(dates) if found["part"])
    if parts != ["DD", "MM", "YYYY"] or _FORM.sub("", dates):
        error = FieldError("/query/dates", "dates-unknown", "For example DD/MM/YYYY or YYYY-MM-DD.")
        raise Invalid("dates-unknown", "The form of days cannot be read.", [error])


def _whole(cell: str) -> Any:
    if len(cell) < 10 and cell.isascii() and cell.isdigit():
        return int(cell)
    found = _WHOLE.fullmatch(cell)
    return int(found[1]) if found else cell


def _flag(cell: str) -> Any:
    folded = cell.casefold()
    return True if folded in _YES else False if folded in _NO else cell


def _iso(cell: str) -> str:
    found = _ISO.fullmatch(cell)
    return found[1] if found else cell


def _days(dates: str) -> Convert:
    check_dates(dates)
    pattern = re.compile(
        _FORM.sub(lambda found: _PARTS[found["part"]] if found["part"] else re.escape(found[0]), dates)
        + r"(?: 00:00(?::00)?)?"
    )

    def day(cell: str) -> str:
        found = pattern.fullmatch(cell)
        if found is None:
            return f"{cell} is not {dates}"  # an ISO day would be read in another order than the form says
        return f"{found['year']}-{int(found['month']):02}-{int(found['day']):02}"

    return day
