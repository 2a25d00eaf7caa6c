"""How transfers are asked for, for the test of all rights: of ids that are others' already, so nothing changes."""

from datetime import date
from typing import Any
from uuid import UUID

from fastapi import FastAPI
from sqlalchemy import insert

from services.registry.tables.region_transfers import arrival, departure
from shared import clock
from shared.federation.regional_tables import unit
from tests.rights_matrix import Ask, has

TAKEN = "019a1c60-0000-7000-8000-000000000007"
WAITING = "019a1c60-0000-7000-8000-000000000008"
UNIT = "S-ONLY"  # of a region of the hub
KEY = "age1zvkyg2lqzraa2lnjvqej32nkuu0ues2s82hzrye869xeexvn73equnujwj"
DAY = date(2027, 1, 1)


def departing(transfer_id: str = TAKEN, **changed: Any) -> dict[str, Any]:
    given = {
        "region": "south",
        "sealing_key": KEY,
        "digest": "0" * 64,
        "reason": "posting",
        "moved_on": str(DAY),
    }
    return {"transfer_id": transfer_id, **given, **changed}


def arriving(transfer_id: str = TAKEN, **changed: Any) -> dict[str, Any]:
    given = {"origin": "south", "moved_on": str(DAY), "unit_code": "E1A", "role_code": "facility-manager"}
    content = {"record": {"family_name": "Arrived"}, "results": [], "plans": []}
    return {"transfer_id": transfer_id, **given, **content, **changed}


async def plant_transfers(app: FastAPI, person_id: str) -> None:
    """Somebody else's departure, two arrivals at E1A, of which one was accepted, and a unit of a region."""
    common = {"transfer_id": UUID(TAKEN), "moved_on": DAY}
    left = {"region": "east", "sealing_key": KEY, "digest": "1" * 64, "reason": "other", "recorded_by": "x"}
    came = {"origin": "south", "state": "accepted", "unit_code": "E1A", "role_code": "facility-manager"}
    async with app.state.database.session() as session:
        row = {**common, **left, "person_id": UUID(person_id), "recorded_at": clock.now()}
        await session.execute(insert(departure).values(row))
        row = {**common, **came, "digest": "1" * 64, "received_at": clock.now(), "received_by": "x"}
        await session.execute(insert(arrival).values(row))
        waiting = {"transfer_id": UUID(WAITING), "state": "waiting"}
        await session.execute(insert(arrival).values(row | waiting))
        owned = {"region": "south", "unit_code": UNIT, "level": "facility", "epoch": 1, "version": 1}
        await session.execute(insert(unit).values(owned))


def transferring(person_id: str) -> dict[str, list[Ask]]:
    """By operation."""
    owner = f"/v1/units/{UNIT}/region"
    came = f"/v1/arrivals/south/{TAKEN}"
    return {
        "POST /v1/people/{person_id}/transfers": [
            Ask(f"/v1/people/{person_id}/transfers", {"json": departing()})
        ],
        "GET /v1/units/{code}/region": [Ask(owner)],
        "POST /v1/arrivals": [Ask("/v1/arrivals", {"json": arriving()})],
        "GET /v1/arrivals": [Ask("/v1/arrivals?limit=200", listed=has("transfer_id", WAITING))],
        "POST /v1/arrivals/{origin}/{transfer_id}/accept": [Ask(f"{came}/accept")],
        "POST /v1/arrivals/{origin}/{transfer_id}/decline": [Ask(f"{came}/decline")],
    }
