"""Instruments over HTTP: what raters are asked."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict
from pydantic.config import JsonDict

from services.assessment.frameworks.api.reader_language import Accepted, Language, answer, tags
from services.assessment.frameworks.queries import frameworks as queries
from shared.http import Caller, CommandRoute, Reads

router = APIRouter(prefix="/v1/instruments", route_class=CommandRoute, tags=["frameworks"])

Level = Literal["B", "I", "A"]
EXAMPLE: JsonDict = {
    "framework_code": "steward-core",
    "framework_version": 1,
    "level": "B",
    "language": "en",
    "languages": ["en", "fr"],
    "competencies": [{"code": "VS", "name": "Vision and strategy"}],
    "items": [
        {
            "code": "VS-B-1",
            "competency": "VS",
            "text": "explains to the team how today's tasks serve the facility's goals",
            "self_text": "I explain to the team how today's tasks serve the facility's goals",
        }
    ],
    "scale": {
        "minimum": 1,
        "maximum": 5,
        "anchors": [{"value": 1, "name": "Not yet seen"}],
        "not_applicable": {"value": None, "code": "N/A", "name": "No chance to observe"},
    },
    "stems": {"rater": "This person ...", "self": "I ..."},
    "relevance": {"question": "How important is this competency for doing this post well today?"},
    "rater_categories": [{"code": "manager", "name": "Manager", "weight": 40}],
}


class Item(BaseModel):
    """One behaviour; `text` completes the rater's stem."""

    code: str
    competency: str
    theme: str | None = None
    text: str
    self_text: str


class Instrument(BaseModel):
    """The items of one level in one framework version, in one language."""

    model_config = ConfigDict(json_schema_extra={"example": EXAMPLE})

    framework_code: str
    framework_version: int
    level: Level
    language: str
    languages: list[str]
    competencies: list[dict[str, str]]
    items: list[Item]
    scale: dict[str, Any]
    stems: dict[str, str]
    relevance: dict[str, Any]
    rater_categories: list[dict[str, Any]]


@router.get(
    "/{level}", response_class=Response, summary="What raters are asked at a level",
    responses={200: {"model": Instrument}},
)  # fmt: skip
async def instrument(
    session: Reads, caller: Caller, level: Level,
    framework: Annotated[str, Query(pattern=r"^[a-z][a-z0-9-]{0,63}$")] = queries.CORE,
    version: Annotated[int | None, Query(ge=1, le=100_000, description="Left out: the newest.")] = None,
    lang: Language = None, accept_language: Accepted = None,
) -> Response:  # fmt: skip
    """Items in the order of a response's `ratings`, in one language, with scale, stems and relevance."""
    queries.require_reader(caller)
    content = await queries.published(session, framework, version)
    body = queries.instrument(content, level, tags(lang, accept_language))
    return answer(body, body["framework_version"], body["language"])
