"""Entries and seals as they are hashed and exported: one form for both, in values of JSON."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any


def entry_form(row: Mapping[str, Any]) -> dict[str, Any]:
    """An entry as its hash is over it."""
    return {
        "entry_id": str(row["entry_id"]),
        "day": row["day"].isoformat(),
        "at": None if row["at"] is None else moment(row["at"]),
        "caller": row["caller"],
        "client": row["client"],
        "roles": row["roles"],
        "operation": row["operation"],
        "purpose": row["purpose"],
        "people": row["people"],
        "commitment": bytes(row["commitment"]).hex(),
    }


def seal_form(row: Mapping[str, Any], service: str) -> dict[str, Any]:
    """A seal as its hash is over it."""
    return {
        "service": service,
        "number": row["number"],
        "sealed_at": moment(row["sealed_at"]),
        "entries": row["entries"],
        "rows": row["rows"],
        "previous": row["previous"],
    }


def moment(value: datetime) -> str:
    """A moment in UTC to the microsecond, always with as many digits."""
    return value.astimezone(UTC).isoformat(timespec="microseconds")
