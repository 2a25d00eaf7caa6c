"""A unit of a region as every service of a hub answers it, beside what the region published of it."""

from datetime import date
from typing import Any

from pydantic import BaseModel

EXAMPLE: dict[str, Any] = {
    "region": "north",
    "unit_code": "SL-F-K7Q2M9X4AB",
    "name": "Makeni Community Health Centre",
    "parent": "SL-NORTHERN",
    "level": "facility",
    "type": "Community Health Centre",
    "closed_on": None,
    "epoch": 1,
    "version": 3,
}


class UnitOfRegion(BaseModel):
    """The unit itself; `name` is null while the region runs a version that does not say it."""

    region: str
    unit_code: str
    name: str | None
    parent: str | None
    level: str
    type: str | None
    closed_on: date | None
    epoch: int
    version: int
