"""Types of the fields that several doors share, with what they refuse."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

from services.registry import record_fields
from shared.http.strict_types import Code, Defined, ExternalId, Name, Recorded, Whole

Email = Annotated[str, Defined(record_fields.EMAIL)]
Phone = Annotated[str, Defined(record_fields.PHONE)]
Year = Annotated[Whole, Field(ge=record_fields.BIRTH_YEARS[0], le=record_fields.BIRTH_YEARS[1])]
UnitLevel = Literal["country", "region", "district", "facility"]
Level = Literal["B", "I", "A"]
CodePath = Annotated[Code, Path()]
CodeQuery = Annotated[Code | None, Query()]
NameQuery = Annotated[Name | None, Query()]
ExternalIdQuery = Annotated[ExternalId | None, Query()]
SystemQuery = Annotated[Code | None, Query()]
DayQuery = Annotated[date | None, Recorded, Query()]


class Body(BaseModel):
    """A request body: unknown fields are refused, so that a misspelt one is noticed."""

    model_config = ConfigDict(extra="forbid")


class Identifier(BaseModel):
    """What a source system calls a record."""

    system: str
    value: str


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


class IdentifierValue(Body):
    """What the source system calls it."""

    model_config = strict_example({"value": "hr-4711"})
    value: ExternalId
