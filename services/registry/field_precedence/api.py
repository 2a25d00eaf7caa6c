"""Which system has the say about a field, over HTTP: for administrators."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import BaseModel, Field, field_validator

from services.registry.field_precedence.commands import precedence_version, put_precedence
from services.registry.field_precedence.queries import list_precedence
from services.registry.field_types import Body, example, strict_example
from shared.auth import rights
from shared.directory.authorization import require_country
from shared.http import Caller, CommandRoute, Reads, Writes, check_if_match, etag
from shared.http.strict_types import Code

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["source systems"])

_ORDER = {"field": "phone", "version": 1, "systems": ["payroll", "hris"]}
_Field = Literal["family_name", "given_name", "phone", "email", "sex", "birth_year", "cadre"]
FieldPath = Annotated[_Field, Path()]


class FieldPrecedence(BaseModel):
    """Systems by code, of which the first that knows a person has the say about a field of the record."""

    model_config = example(_ORDER)
    field: str
    version: int
    systems: list[str]


class FieldPrecedences(BaseModel):
    """The order of every field; without systems the last word counts."""

    model_config = example({"items": [_ORDER]})
    items: list[FieldPrecedence]


class SystemsInOrder(Body):
    """Codes of source systems, the first one first; none: the last word counts."""

    model_config = strict_example({"systems": ["payroll", "hris"]})
    systems: Annotated[list[Code], Field(max_length=100)]

    @field_validator("systems")
    @classmethod
    def once(cls, systems: list[str]) -> list[str]:
        """Refuse a system that is there twice."""
        if len(set(systems)) < len(systems):
            raise ValueError("name each system once")
        return systems


@router.get(
    "/field-precedence", summary="Which system has the say about a field", response_model=FieldPrecedences
)
async def precedence_list(session: Reads, caller: Caller) -> Any:
    """For each field of people, the systems in order: the first one that knows a person decides."""
    rights.require(caller, "source-system.read")
    return {"items": await list_precedence(session)}


@router.put(
    "/field-precedence/{field}",
    summary="Put systems in order for a field",
    response_model=FieldPrecedence,
)
async def precedence_put(
    field: FieldPath,
    body: SystemsInOrder,
    session: Writes,
    caller: Caller,
    request: Request,
    response: Response,
) -> Any:
    """Say which system decides a field of the people whom several know, from their next loads on.

    Needs the version as If-Match, `"0"` for the first order.
    """
    await require_country(session, caller, "source-system.keep")
    check_if_match(request, await precedence_version(session, field))
    await put_precedence(session, field, body.systems, caller.subject_key)
    found = next(each for each in await list_precedence(session) if each["field"] == field)
    response.headers["ETag"] = etag(found["version"])
    return found
