"""Framework versions and the instruments made from them, over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path, Request, Response
from pydantic import BaseModel

from services.assessment.frameworks.api.content_models import checked
from services.assessment.frameworks.api.reader_language import Accepted, Language, answer, tags
from services.assessment.frameworks.commands import frameworks as commands
from services.assessment.frameworks.queries import frameworks as queries
from shared.errors import FieldError, Invalid
from shared.http import Caller, CommandRoute, Paging, Reads, Writes, check_if_match, check_if_match_sent, etag

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["frameworks"])

Code = Annotated[str, Path(pattern=r"^[a-z][a-z0-9-]{0,63}$", examples=["steward-core"])]
Number = Annotated[int, Path(ge=1, le=100_000, examples=[1])]
State = Literal["draft", "published"]
OVERLAY_EXAMPLE = {
    "framework": {"code": "steward-core", "version": 1},
    "name": {"en": "District with an outbreak", "fr": "District en situation d'épidémie"},
    "renamed_items": {"CO-B-1": {"text": {"en": "gives shift handovers that are complete and checked back"}}},
    "disabled_items": ["VS-B-3"],
    "weights": {"CO": 2},
    "items": [
        {
            "code": "CO-B-X1",
            "competency": "CO",
            "level": "B",
            "text": {"en": "tells the community health workers of new cases", "fr": "informe les agents"},
            "self_text": {
                "en": "I tell the community health workers of new cases",
                "fr": "J'informe les agents",
            },
        }
    ],
}


class Summary(BaseModel):
    """One framework version without its content; `core_code` names what an overlay adapts."""

    framework_code: str
    framework_version: int
    state: State
    core_code: str | None
    core_version: int | None
    version: int
    published_at: datetime | None


class Listed(Summary):
    """A framework version in a list."""

    name: dict[str, str]


class Summaries(BaseModel):
    """A page of framework versions."""

    items: list[Listed]
    next: str | None


class FrameworkVersion(Summary):
    """A framework version; of a published overlay the core with the overlay applied."""

    content: dict[str, Any]


@router.get("/frameworks", summary="Framework versions")
async def listing(
    session: Reads, caller: Caller, paging: Paging, code: str | None = None, state: State | None = None
) -> Summaries:
    """By code and number, without content."""
    queries.require_reader(caller)
    return Summaries.model_validate(await queries.versions(session, paging, code, state))


@router.get(
    "/frameworks/{code}/versions/{number}", response_class=Response, summary="One framework version",
    responses={200: {"model": FrameworkVersion}},
)  # fmt: skip
async def one(
    session: Reads, caller: Caller, code: Code, number: Number, lang: Language = None,
    accept_language: Accepted = None,
) -> Response:  # fmt: skip
    """With every language as maps, or in the one asked for (`lang`, Accept-Language)."""
    queries.require_reader(caller)
    row = await queries.version(session, code, number)
    body, language = queries.view(row, tags(lang, accept_language))
    return answer(body, row["version"], language)


@router.put(
    "/frameworks/{code}/versions/{number}", response_class=Response, summary="Write a draft",
    responses={200: {"model": FrameworkVersion}, 201: {"model": FrameworkVersion}},
)  # fmt: skip
async def put(
    session: Writes, caller: Caller, request: Request, code: Code, number: Number,
    content: Annotated[dict[str, Any], Body(openapi_examples={"overlay": {"value": OVERLAY_EXAMPLE}})],
) -> Response:  # fmt: skip
    """A framework, or an overlay when `framework` names its core. A published version answers 409."""
    await queries.require_country(session, caller)
    _check_address(content, code, number)
    written = checked(content)
    row = await commands.locked(session, code, number)
    if row is None:
        return answer(
            queries.view(await commands.create(session, code, number, written), [])[0], 1, status=201
        )
    if row["state"] == "draft":
        check_if_match(request, row["version"])
    changed = await commands.change(session, row, written)
    return answer(queries.view(changed, [])[0], changed["version"])


@router.post("/frameworks/{code}/versions/{number}/publish", summary="Publish, for ever")
async def publish(
    session: Writes, caller: Caller, request: Request, response: Response, code: Code, number: Number
) -> Summary:
    """Checks the content as a whole; an overlay keeps every core code. If-Match is honoured."""
    await queries.require_country(session, caller)
    row = await commands.locked(session, code, number)
    if row is None:
        raise commands.unknown()
    check_if_match_sent(request, row["version"])
    published = await commands.publish(session, row)
    response.headers["ETag"] = etag(published["version"])
    return Summary.model_validate(dict(published))


def _check_address(content: dict[str, Any], code: str, number: int) -> None:
    errors = [
        FieldError(f"/{name}", "not-the-address", f"The address says {address}.")
        for name, address in (("code", code), ("version", number))
        if content.get(name, address) != address
    ]
    if errors:
        raise Invalid("input-invalid", "The content is that of another version.", errors)
