"""Types for what callers send: only what the schema says, nothing that could be read as it.

Left to itself pydantic takes "yes" for true, "5" for 5, "8_5" for 85, and 0 for the first of January 1970.
Texts and days follow the definitions of `shared.fields`, which lines and lists follow as well.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    StrictBool,
    StrictInt,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from shared import fields, periods
from shared.fields import Text, Wrong

Flag = StrictBool
Whole = StrictInt
Amount = Annotated[float, Field(strict=True)]  # whole numbers too

_WRITTEN = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


class Defined:
    """In an annotation: a text as its definition reads it, `Annotated[str, Defined(NAME)]`."""

    def __init__(self, text: Text) -> None:
        self._text = text

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Pydantic's side: a JSON string, then the definition."""
        return core_schema.no_info_after_validator_function(
            reading(self._text.read), core_schema.str_schema(strict=True)
        )

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        """What the OpenAPI document says."""
        document: dict[str, Any] = {"type": "string", "minLength": 1, "maxLength": self._text.longest}
        if self._text.pattern is not None:
            document["pattern"] = f"^(?:{self._text.pattern})$"
        return document


class _Numbers:
    """In the document a decimal is a number: pydantic would take it as a text too."""

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> Any:
        document = handler(schema)
        return next((each for each in document.get("anyOf", ()) if each.get("type") == "number"), document)


def reading(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """`read` as a pydantic validator: what is Wrong keeps its code and detail."""

    def validate(value: Any) -> Any:
        try:
            return read(value)
        except Wrong as wrong:
            raise PydanticCustomError(wrong.code, wrong.detail) from None

    return validate


def _recorded_day(value: Any) -> Any:
    return _day(value, fields.LAST_DAY)


def _day(value: Any, last: date = fields.PLANNED_LAST) -> Any:
    """A day as RFC 3339 writes it, or one that is a date already; from 1900 to `last`."""
    if isinstance(value, str) and _WRITTEN.fullmatch(value):
        value = _date(value)
    if value is None:
        return value
    if isinstance(value, date) and not isinstance(value, datetime):
        return fields.check_day(value, last)
    raise ValueError("a day is written YYYY-MM-DD")


def _text(value: Any) -> Any:
    if isinstance(value, str | datetime):
        return value
    raise ValueError("a moment is written as RFC 3339 has it")


def _moment(value: datetime) -> datetime:
    """One whose day is possible in UTC too: the first and last moments of all cannot be moved there."""
    fields.check_day(value.date())
    return value.astimezone(UTC)


def _last_day(value: Any) -> Any:
    return None if value == fields.OPEN_END.isoformat() else _recorded_day(value)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError("there is no such day") from None


def _period(pointer: str) -> AfterValidator:
    def check(text: str) -> str:
        periods.bounds(text, pointer)
        return text

    return AfterValidator(check)


def _decimal(value: Any) -> Any:
    if isinstance(value, Decimal) or (isinstance(value, int | float) and not isinstance(value, bool)):
        return value
    raise ValueError("a number is expected")


Name = Annotated[str, Defined(fields.NAME)]
Prose = Annotated[str, Defined(fields.PROSE)]
Code = Annotated[str, Defined(fields.CODE)]
ExternalId = Annotated[str, Defined(fields.EXTERNAL_ID)]
Written = BeforeValidator(reading(_day))
Day = Annotated[date, Written]
Recorded = BeforeValidator(reading(_recorded_day))
RecordedDay = Annotated[date, Recorded]  # of people, posts and units: until 2200
LastDay = Annotated[date | None, BeforeValidator(reading(_last_day))]  # null or 9999-12-31: open
Moment = Annotated[AwareDatetime, BeforeValidator(_text), AfterValidator(reading(_moment))]  # 1900 to 2200
Exact = BeforeValidator(_decimal)
Hundredths = Annotated[Decimal, Exact, Field(decimal_places=2), _Numbers()]  # with two decimals at most

_QUARTER: Any = {"pattern": f"^{periods.PATTERN}$"}
PeriodPath = Annotated[
    str,
    _period("/path/period"),
    Path(description="A quarter.", examples=["2026Q3"], json_schema_extra=_QUARTER),
]
PeriodQuery = Annotated[
    str,
    _period("/query/period"),
    Query(description="A quarter.", examples=["2026Q3"], json_schema_extra=_QUARTER),
]
