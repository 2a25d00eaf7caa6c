"""Transfers to another region over HTTP."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, Field

from services.registry.access.queries import require
from services.registry.field_types import Body, example, strict_example
from services.registry.region_transfers.commands.outgoing_transfers import depart
from shared.http import Caller, CommandRoute, Writes
from shared.http.strict_types import Day, RecordedDay

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["transfers"])
TRANSFER = "person.transfer"

Region = Annotated[str, Field(pattern="^[a-z][a-z0-9-]{0,31}$")]
SealingKey = Annotated[str, Field(pattern="^age1[02-9ac-hj-np-z]{58}$")]
Digest = Annotated[str, Field(pattern="^[0-9a-f]{64}$")]
TransferReason = Literal["posting", "promotion", "own-request", "other"]
_DEPARTURE: dict[str, Any] = {
    "transfer_id": "019a1c60-0000-7000-8000-000000000007",
    "region": "south",
    "sealing_key": "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj",
    "digest": "5c1f0c0e7f0f4f0b8f6a6f3b1b9f7a5d5c1f0c0e7f0f4f0b8f6a6f3b1b9f7a5d",
    "reason": "posting",
    "moved_on": "2027-01-01",
}


class DepartureToRecord(Body):
    """Where somebody goes and why, from which day on; and the file that was sealed for that region."""

    model_config = strict_example(_DEPARTURE)
    transfer_id: UUID
    region: Region
    sealing_key: SealingKey
    digest: Digest
    reason: TransferReason
    moved_on: Day


class Departure(BaseModel):
    """A transfer to another region."""

    model_config = example(
        {
            **_DEPARTURE,
            "person_id": "019a1c5e-7b2d-7f60-9182-73645a6b7c8d",
            "recorded_at": "2026-12-01T08:00:00Z",
        }
    )
    transfer_id: UUID
    person_id: UUID
    region: str
    sealing_key: str
    digest: str
    reason: str
    moved_on: RecordedDay
    recorded_at: datetime


@router.post(
    "/people/{person_id}/transfers", summary="Let a person go to another region", response_model=Departure
)
async def person_depart(person_id: UUID, body: DepartureToRecord, session: Writes, caller: Caller) -> Any:
    """The person leaves for another region from the day `moved_on`: posts end, and count, the day before.

    What they take along is in a file that was sealed for that region before; its digest is on record. The same
    transfer once more changes nothing.
    """
    await require(session, caller, TRANSFER, person_id)
    return await depart(session, person_id, body.model_dump(), caller.subject_key)
