"""Units that end, over HTTP: close, split, merge. Children and posts go on at the successors."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel, Field

from services.registry.field_types import Body, CodePath, example, strict_example
from services.registry.units.api.models import NewUnit, UnitInFull
from services.registry.units.api.units import KEEP, unless_stale
from services.registry.units.commands.reorganisations import close_unit, merge_units, split_unit
from services.registry.units.queries import get_unit
from shared import clock
from shared.directory.authorization import require_unit
from shared.errors import FieldError, Invalid, NotFound
from shared.http import Caller, CommandRoute, Writes, etag
from shared.http.strict_types import Code, RecordedDay

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["units"])

Codes = Annotated[list[Code], Field(max_length=50)]
Choice = Annotated[dict[str, Code], Field(max_length=5000)]


class Closure(Body):
    """The unit is no longer open from the day `on`. What is left goes to the first successor, or as chosen."""

    model_config = strict_example({"on": "2027-01-01", "successors": ["SL-F-K7Q2M9X4AB"]})
    on: RecordedDay | None = None
    successors: Codes = Field(default=[])
    children: Choice = Field(default={})
    posts: Choice = Field(default={})


class Split(Body):
    """New units take the place of one from the day `on`; `children` and `posts` say who takes which."""

    model_config = strict_example(
        {
            "on": "2027-01-01",
            "into": [
                {"unit_code": "SL-EAST-A", "name": "East A", "type": "region"},
                {"unit_code": "SL-EAST-B", "name": "East B", "type": "region"},
            ],
            "children": {"SL-F-K7Q2M9X4AB": "SL-EAST-B"},
        }
    )
    on: RecordedDay | None = None
    into: Annotated[list[NewUnit], Field(min_length=2, max_length=20)]
    children: Choice = Field(default={})
    posts: Choice = Field(default={})


class Merger(Body):
    """The `units` become part of `into` from the day `on`."""

    model_config = strict_example(
        {"units": ["SL-F-OLD1", "SL-F-OLD2"], "into": "SL-F-K7Q2M9X4AB", "on": "2027-01-01"}
    )
    units: Annotated[list[Code], Field(min_length=1, max_length=50)]
    into: Code
    on: RecordedDay | None = None


class Merged(BaseModel):
    """What became of a merge or split."""

    model_config = example({"closed": ["SL-F-OLD1", "SL-F-OLD2"], "successors": ["SL-F-K7Q2M9X4AB"]})
    closed: list[str]
    successors: list[str]


@router.post("/units/{code}/close", summary="Close a unit", response_model=UnitInFull)
async def unit_close(
    code: CodePath, body: Closure, session: Writes, caller: Caller, request: Request, response: Response
) -> Any:
    """Close a unit. With open children or posts it needs successors, otherwise it is a conflict."""
    await require_unit(session, caller, KEEP, code)
    await _require_all(session, caller, body.successors, "/successors")
    await unless_stale(session, request, code)
    on = body.on or clock.today()
    await close_unit(
        session, code, on, body.successors, caller.subject_key, children=body.children, posts=body.posts
    )
    found = await get_unit(session, code)
    response.headers["ETag"] = etag(found["version"])
    return found


@router.post("/units/{code}/split", summary="Split a unit", response_model=Merged)
async def unit_split(code: CodePath, body: Split, session: Writes, caller: Caller, request: Request) -> Any:
    """Split a unit into new ones of the same level under the same parent, and close it."""
    await require_unit(session, caller, KEEP, code)
    parent = (await get_unit(session, code))["parent"]
    if parent is not None:
        await require_unit(session, caller, KEEP, parent)
    await unless_stale(session, request, code)
    successors = await split_unit(
        session,
        code,
        body.on or clock.today(),
        [new.model_dump() for new in body.into],
        caller.subject_key,
        children=body.children,
        posts=body.posts,
    )
    return {"closed": [code], "successors": successors}


@router.post("/unit-merges", summary="Merge units into one", response_model=Merged)
async def units_merge(body: Merger, session: Writes, caller: Caller) -> Any:
    """Merge units into another one, and close them."""
    await _require_all(session, caller, body.units, "/units")
    await _require_all(session, caller, [body.into], "/into")
    await merge_units(session, body.units, body.into, body.on or clock.today(), caller.subject_key)
    return {"closed": body.units, "successors": [body.into]}


async def _require_all(session: Writes, caller: Caller, codes: list[str], pointer: str) -> None:
    for place, code in enumerate(codes):
        try:
            await require_unit(session, caller, KEEP, code)
        except NotFound:
            at = f"{pointer}/{place}" if pointer != "/into" else pointer
            error = FieldError(at, "unit-unknown", "There is no such unit.")
            raise Invalid("unit-unknown", "A unit that the request names does not exist.", [error]) from None
