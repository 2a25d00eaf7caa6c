"""Establishment over HTTP: read by unit, and set one figure at a time."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from services.registry.establishment import kinds, queries
from services.registry.establishment.api.models import (
    Established,
    EstablishedList,
    EstablishedPosts,
    Establishment,
    Minimum,
    MinimumList,
    Norm,
    NormList,
    PostNorm,
    StaffingMinimum,
)
from services.registry.establishment.commands.figures import set_figure
from services.registry.field_types import DayQuery, NameQuery
from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller as VerifiedCaller
from shared.database.engine import raw
from shared.directory.authorization import require_country, require_unit
from shared.errors import FieldError, Invalid, NotFound
from shared.http import Caller, CommandRoute, Paging, Reads, Writes
from shared.http.strict_types import Code

READ = "establishment.read"
UnitQuery = Annotated[Code, Query()]
router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["establishment"])


@router.get("/establishment", summary="Posts and staff of a unit", response_model=Establishment)
async def establishment_read(
    session: Reads, caller: Caller, unit: UnitQuery, on: DayQuery = None, tree: bool = False
) -> Any:
    """What a unit should have on a day, today when left out, and what it has: posts by role, staff by cadre.

    `tree` sums over all units below it. Counts of posts are of the office, not of people: nothing of it is
    parted by sex, age or anything else of a person, and cadres are counted where there is a minimum. A day to come
    shows who is about to leave an office, which is for those who read the posts themselves.
    """
    today = clock.today()
    day = on or today
    await require_unit(session, caller, READ if day <= today else "establishment.foresee", unit)
    return await queries.establishment_of(session, unit, day, tree=tree)


@router.get("/established-posts", summary="Established posts of a unit", response_model=EstablishedList)
async def established_list(session: Reads, caller: Caller, paging: Paging, unit: UnitQuery) -> Any:
    """How many posts are established in each role, with the day from which they are."""
    await require_unit(session, caller, READ, unit)
    return await queries.list_established(session, paging, unit)


@router.post("/established-posts", summary="Establish posts", response_model=Established)
async def established_set(body: EstablishedPosts, session: Writes, caller: Caller) -> Any:
    """Say how many posts in a role are established at a unit from a day on. The same again changes nothing."""
    await _keeps(session, caller, kinds.ESTABLISHED.right, body.unit_code)
    line = kinds.EstablishedLine(**body.model_dump())
    await set_figure(await raw(session), line, caller, kinds.ESTABLISHED)
    return body.model_dump()


@router.get("/post-norms", summary="Norms of posts", response_model=NormList)
async def norms_list(session: Reads, caller: Caller, paging: Paging, type: NameQuery = None) -> Any:  # noqa: A002  # as of units
    """How many posts in each role a unit of a type should have."""
    rights.require(caller, "norm.read")
    return await queries.list_norms(session, paging, type)


@router.post("/post-norms", summary="Set a norm of posts", response_model=Norm)
async def norm_set(body: PostNorm, session: Writes, caller: Caller) -> Any:
    """Say how many posts in a role each unit of a type should have from a day on."""
    await require_country(session, caller, kinds.NORM.right)
    await set_figure(await raw(session), kinds.NormLine(**body.model_dump()), caller, kinds.NORM)
    return body.model_dump()


@router.get("/staffing-minimums", summary="Staffing minimums of a unit", response_model=MinimumList)
async def minimums_list(session: Reads, caller: Caller, paging: Paging, unit: UnitQuery) -> Any:
    """How many staff of each cadre a unit needs at least."""
    await require_unit(session, caller, READ, unit)
    return await queries.list_minimums(session, paging, unit)


@router.post("/staffing-minimums", summary="Set a staffing minimum", response_model=Minimum)
async def minimum_set(body: StaffingMinimum, session: Writes, caller: Caller) -> Any:
    """Say how many staff of a cadre a unit needs at least from a day on."""
    await _keeps(session, caller, kinds.MINIMUM.right, body.unit_code)
    await set_figure(await raw(session), kinds.MinimumLine(**body.model_dump()), caller, kinds.MINIMUM)
    return body.model_dump()


async def _keeps(session: Writes, caller: VerifiedCaller, right: str, code: str) -> None:
    try:
        await require_unit(session, caller, right, code)
    except NotFound:
        error = FieldError("/unit_code", "unit-unknown", "There is no such unit.")
        raise Invalid("unit-unknown", "The unit does not exist.", [error]) from None
