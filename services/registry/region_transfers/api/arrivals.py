"""Transfers from another region over HTTP."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter

from services.registry.access.queries import keeps_people
from services.registry.region_transfers.api.models import Arrival, Arrivals, ArrivalToReceive
from services.registry.region_transfers.api.outgoing_transfers import TRANSFER, Region
from services.registry.region_transfers.commands import arrivals as commands
from services.registry.region_transfers.commands.arrivals import Transfer
from services.registry.region_transfers.queries import list_arrivals
from shared.directory.authorization import require_some_unit, require_unit
from shared.errors import Forbidden, NotFound
from shared.http import Caller, CommandRoute, Paging, Reads, Writes

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["transfers"])
DECIDE = "arrival.decide"


@router.post("/arrivals", summary="Bring what a person takes along", response_model=Arrival)
async def arrival_receive(body: ArrivalToReceive, session: Writes, caller: Caller) -> Any:
    """What a file of another region holds waits until somebody else accepts it. The same again changes nothing."""
    await require_unit(session, caller, TRANSFER, body.unit_code)
    transfer = Transfer(body.origin, body.transfer_id)
    values = body.model_dump(include={"moved_on", "unit_code", "role_code"})
    content = body.model_dump(mode="json", include={"record", "results", "plans"})
    return await commands.receive(session, transfer, values, content, caller.subject_key)


@router.get("/arrivals", summary="People who came from other regions", response_model=Arrivals)
async def arrivals_list(session: Reads, caller: Caller, paging: Paging) -> Any:
    """What waits to be accepted or declined, for units of yours."""
    await require_some_unit(session, caller, DECIDE)
    return await list_arrivals(session, caller, paging)


@router.post("/arrivals/{origin}/{transfer_id}/accept", summary="Accept who came", response_model=Arrival)
async def arrival_accept(origin: Region, transfer_id: UUID, session: Writes, caller: Caller) -> Any:
    """The person is recorded here, with a post from the day of the transfer on, and has the results and plans.

    Whoever brought it cannot accept it. A second time changes nothing.
    """
    stored = await _found(session, caller, Transfer(origin, transfer_id))
    return await commands.accept(session, stored, caller.subject_key, keeps_people(caller))


@router.post("/arrivals/{origin}/{transfer_id}/decline", summary="Decline who came", response_model=Arrival)
async def arrival_decline(origin: Region, transfer_id: UUID, session: Writes, caller: Caller) -> Any:
    """Nothing becomes of it, and what came is deleted."""
    stored = await _found(session, caller, Transfer(origin, transfer_id))
    return await commands.decline(session, stored, caller.subject_key)


async def _found(session: Writes, caller: Caller, transfer: Transfer) -> dict[str, Any]:
    """What came for a unit of the caller's. Raises NotFound `transfer-unknown` for any other."""
    await require_some_unit(session, caller, DECIDE)
    stored = await commands.find(session, transfer)
    try:
        await require_unit(session, caller, DECIDE, stored["unit_code"])
    except (Forbidden, NotFound):
        raise NotFound("transfer-unknown", "There is no such transfer, or none that you may see.") from None
    return stored
