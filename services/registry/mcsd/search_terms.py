"""How a FHIR search is written (FHIR R4, 3.1.1): parameters, modifiers, values, and what they mean.

Several values of a parameter, `a,b`, mean one of them; a parameter that comes twice means both. A backslash takes
comma, bar and dollar literally.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID

from shared.errors import BadRequest, FieldError

MOST_VALUES = 200  # of one parameter
MOST_IN_ALL = 300  # values of a search
MOST_PARAMETERS = 40
LONGEST = 8000  # characters of one parameter
_DATE = re.compile(
    r"(eq|ne|gt|lt|ge|le|sa|eb|ap)?(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d))?)?)?",
    re.ASCII,
)
_NUMBER = re.compile(r"[+-]?\d{1,6}(?:\.\d{1,12})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Parameter:
    """One condition: `name:modifier=value,value`."""

    name: str
    modifier: str
    values: tuple[str, ...]

    @property
    def pointer(self) -> str:
        """Where the parameter is, for errors; without its values."""
        return f"/query/{self.name[:64]}"


@dataclass(frozen=True, slots=True)
class Token:
    """`system|code`: a part that is None is not asked for; an empty system means without any."""

    system: str | None
    code: str | None


@dataclass(frozen=True, slots=True)
class Span:
    """`prefix` and the time that a date means, from `start` to before `end`."""

    prefix: str
    start: datetime
    end: datetime


def parameters(pairs: Iterable[tuple[str, str]]) -> list[Parameter]:
    """The conditions of a query. Raises BadRequest `search-invalid` for more or longer ones than are taken."""
    found: list[Parameter] = []
    values = 0
    for written, value in pairs:
        name, _, modifier = written.partition(":")
        parameter = Parameter(name, modifier, tuple(_split(value)))
        values += len(parameter.values)
        several = len(parameter.values) > MOST_VALUES or values > MOST_IN_ALL
        if len(value) > LONGEST or several or len(found) >= MOST_PARAMETERS:
            raise refused(parameter, "The search is longer than what is taken.")
        if "" in parameter.values:
            raise refused(parameter, "A parameter without a value asks for nothing.")
        found.append(parameter)
    return found


def token(text: str) -> Token:
    """A value of a token parameter."""
    parts = _split(text, "|")
    if len(parts) == 1:
        return Token(None, unescaped(parts[0]))
    return Token(unescaped(parts[0]), unescaped("|".join(parts[1:])) or None)


def span(parameter: Parameter, text: str) -> Span:
    """A value of a date parameter. Raises BadRequest `search-invalid`."""
    found = _DATE.fullmatch(text)
    if found is None:
        raise refused(parameter, "A date or instant is written YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ.")
    prefix, year, month, day, hour, _minute, second, fraction, _zone = found.groups()
    try:
        if hour is not None:
            return _moment(prefix, text[len(prefix or "") :], second, fraction)
        first = date(int(year), int(month or 1), int(day or 1))
        last = first if day else _last(first, month is not None)
        start = datetime.combine(first, time.min, UTC)
        return Span(prefix or "eq", start, datetime.combine(last, time.min, UTC) + timedelta(days=1))
    except (ValueError, OverflowError):
        raise refused(parameter, "There is no such day or time.") from None


def flag(parameter: Parameter, text: str) -> bool:
    """A value of a boolean parameter: `true` or `false`, with or without a system. Raises BadRequest."""
    code = token(text).code
    if code not in ("true", "false"):
        raise refused(parameter, "true or false is expected.")
    return code == "true"


def referred(parameter: Parameter, text: str, kind: str, bases: tuple[str, ...]) -> str:
    """The id that a reference to a `kind` means: `id`, `Kind/id`, or an address on this server.

    Raises BadRequest `search-invalid`.
    """
    text = unescaped(text)
    for base in bases:
        text = text.removeprefix(f"{base}/")
    named, _, rest = text.rpartition("/")
    if named not in ("", kind) or parameter.modifier not in ("", kind) or not rest:
        raise refused(parameter, f"A reference to a {kind} is expected.")
    return rest


def number(parameter: Parameter, text: str) -> float:
    """A decimal number. Raises BadRequest `search-invalid`."""
    if not _NUMBER.fullmatch(text):
        raise refused(parameter, "A number such as 8.3588 is expected.")
    return float(text)


def unescaped(text: str) -> str:
    """The text that is meant: a backslash is not part of it."""
    return re.sub(r"\\([\\,|$])", r"\1", text)


def refused(parameter: Parameter, detail: str) -> BadRequest:
    """The refusal of a parameter; its value is not repeated."""
    error = FieldError(parameter.pointer, "search-invalid", detail)
    return BadRequest("search-invalid", "The search cannot be done as asked.", [error])


def _split(text: str, sign: str = ",") -> list[str]:
    return re.findall(rf"(?:\\.|[^\\{sign}]|\\$)+|(?<={re.escape(sign)})(?=[{sign}]|$)|^(?=[{sign}]|$)", text)


def _last(first: date, monthly: bool) -> date:
    following = date(first.year + (first.month == 12), first.month % 12 + 1, 1) if monthly else None
    return (following or date(first.year + 1, 1, 1)) - timedelta(days=1)


def _moment(prefix: str | None, text: str, second: str | None, fraction: str | None) -> Span:
    """Seconds with as many digits as were written: the rest may be anything."""
    plain = text if fraction is None else text.replace(fraction, fraction[:7], 1)
    start = datetime.fromisoformat(plain).astimezone(UTC)
    width = timedelta(minutes=1) if second is None else timedelta(seconds=1)
    if fraction is not None:
        width = max(timedelta(seconds=10.0 ** -(len(fraction) - 1)), timedelta(microseconds=1))
    return Span(prefix or "eq", start, start + width)


def uuids(texts: Iterable[str]) -> list[UUID]:
    """Those of the texts that are ids as Steward's records have them."""
    found = []
    for text in texts:
        try:
            found.append(UUID(text))
        except ValueError:
            continue
    return found
