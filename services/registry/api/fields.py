"""Types of the fields that several doors share, with what they refuse."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from shared.http.exact import Written

CODE = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$"

Code = Annotated[str, StringConstraints(pattern=CODE)]
Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")
]
ExternalId = Annotated[str, StringConstraints(min_length=1, max_length=128, pattern=r"^[^\x00-\x1f]+$")]
Day = Annotated[date, Written, Field(ge=date(1900, 1, 1), le=date(2200, 12, 31))]
UnitLevel = Literal["country", "region", "district", "facility"]
Level = Literal["B", "I", "A"]
CodePath = Annotated[str, Path(pattern=CODE)]
CodeQuery = Annotated[str | None, Query(pattern=CODE)]
TextQuery = Annotated[str | None, Query(max_length=200, pattern=r"^[^\x00-\x1f]*$")]
DayQuery = Annotated[date | None, Written, Query(ge=date(1900, 1, 1), le=date(2200, 12, 31))]


class Body(BaseModel):
    """A request body: unknown fields are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid")


def not_null(value: Any) -> Any:
    """For fields of a change that may be left out but not emptied."""
    if value is None:
        raise ValueError("leave the field out to keep it; it cannot be empty")
    return value


def example(value: dict[str, Any]) -> ConfigDict:
    """Model configuration with one example for the OpenAPI document."""
    return ConfigDict(json_schema_extra={"examples": [value]})


def strict_example(value: dict[str, Any]) -> ConfigDict:
    """As `example`, for request bodies."""
    return ConfigDict(extra="forbid", json_schema_extra={"examples": [value]})
