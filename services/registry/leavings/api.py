"""The codes of leavings over HTTP."""

import json
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from services.registry.field_types import example
from shared.auth import rights
from shared.http import Caller, CommandRoute

CONTENT = Path(__file__).parent.parent / "content" / "leavings.json"
_CODES = json.loads(CONTENT.read_text(encoding="utf-8"))
router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["people"])


class LeavingReason(BaseModel):
    """Why somebody leaves; `kind` is voluntary, involuntary, internal (goes on in another post) or other."""

    code: str
    kind: str
    name: dict[str, str]


class LeavingDestination(BaseModel):
    """Where somebody goes."""

    code: str
    name: dict[str, str]


class LeavingCodes(BaseModel):
    """What a leaving may say."""

    model_config = example({name: codes[:1] for name, codes in _CODES.items()})
    reasons: list[LeavingReason]
    destinations: list[LeavingDestination]


@router.get("/leaving-codes", summary="Why people leave, and where they go", response_model=LeavingCodes)
async def leaving_codes(caller: Caller) -> Any:
    """Codes of reasons and destinations, with their names."""
    rights.require(caller, "role.read")
    return _CODES
