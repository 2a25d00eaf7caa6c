"""Publishing definitions of indicators over HTTP."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from services.evaluation.catalogue import commands as definitions
from services.evaluation.catalogue.api.catalogue import Chain, Indicator
from shared import fields
from shared.directory.authorization import require_country
from shared.http import Caller, CommandRoute, Writes, check_if_match, etag
from shared.http.strict_types import Defined, Whole
from shared.settings import Settings

router = APIRouter(prefix="/v1/indicators", route_class=CommandRoute, tags=["indicators"])

CODE = r"^[A-Z0-9]+(-[A-Z0-9]+)*$"
Code = Annotated[str, StringConstraints(pattern=CODE, max_length=32)]
Term = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=35)]
Text = Annotated[str, Defined(fields.Text(500, lines=True))]
Words = Annotated[str, Defined(fields.Text(100))]
Texts = Annotated[dict[Language, Text], Field(min_length=1, max_length=20)]
FACTORS = (1, 100, 1000, 10_000, 100_000)  # a number, per cent and so on, as DHIS2's types of indicators


def _factor(value: int) -> int:
    """A Literal would take true for 1."""
    if value not in FACTORS:
        raise ValueError(f"a factor is one of {', '.join(map(str, FACTORS))}")
    return value


Factor = Annotated[Whole, AfterValidator(_factor), Field(json_schema_extra={"enum": list(FACTORS)})]


class Measure(BaseModel):
    """A numerator or denominator: a stable name, by which software computes it, and its text per language."""

    model_config = ConfigDict(extra="forbid")

    expression: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]*$", max_length=200)]
    text: Texts


class IndicatorDefinition(BaseModel):
    """A definition as it is published: all of an indicator but what the instance says of it itself.

    All texts come in the languages of `name`. The shown value is numerator x `factor` / denominator.
    """

    model_config = ConfigDict(extra="forbid")

    name: Texts
    purpose: Texts
    numerator: Measure
    denominator: Measure | None
    source: Words
    unit: Words
    factor: Factor
    direction: Literal["increase", "decrease"]
    frequency: Literal["quarter", "year"]
    window_months: Annotated[Whole, Field(ge=1, le=120)] | None
    chain: Chain
    evaluation_level: Annotated[Whole, Field(ge=1, le=5)] | None
    competencies: list[Annotated[str, StringConstraints(pattern=r"^[A-Z]{2}$")]] = Field(max_length=11)
    upstream: list[Code] = Field(max_length=20)
    disaggregations: list[Term] = Field(max_length=20)
    minimum_cell: Whole = Field(ge=5, le=1000)
    owner: Term
    dhis2_code: Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9]*(_[A-Z0-9]+)*$", max_length=50)]
    references: list[Text] = Field(min_length=1, max_length=20)


@router.put("/{code}", summary="Publish the definition of an indicator")
async def put(
    session: Writes,
    caller: Caller,
    code: Annotated[str, Path(pattern=CODE, max_length=32)],
    wanted: IndicatorDefinition,
    request: Request,
    response: Response,
) -> Indicator:
    """A new indicator, or the next version of one; at a hub for its regions too. A region's hub defines (409).

    What says the same as the version that holds changes nothing. `computed` tells whether this software
    computes what is defined. Role programme-manager with the root in its units; a change needs If-Match.
    """
    await require_country(session, caller, "indicator.keep")
    settings: Settings = request.app.state.settings
    version = await definitions.hold(session, settings, code)
    if version is not None:
        check_if_match(request, version)
    found = await definitions.put(session, settings, code, wanted.model_dump())
    response.headers["ETag"] = etag(found["version"])
    return Indicator.model_validate(found)
