"""What a hub answers of the nation: the sum, and each region as it published itself."""

from collections.abc import Sequence
from typing import Any

from starlette.requests import Request

from shared.errors import NotFound
from shared.federation import regional_figures
from shared.federation.regional_figures import Regional
from shared.settings import Settings


def require_hub(request: Request) -> None:
    """Raises NotFound `not-a-hub` unless this instance is the hub of a federation."""
    settings: Settings = request.app.state.settings
    if settings.federation != "hub":
        raise NotFound("not-a-hub", "This instance is not the hub of a federation.")


def answer(rows: Sequence[Regional], names: Sequence[str]) -> dict[str, Any]:
    """The nation's figures by name and each region's, null where nothing may be published."""
    suppressed = sum(row.figures is None for row in rows)
    total = {**_named(regional_figures.added(rows), names), "regions": len(rows), "suppressed": suppressed}
    return {"national": total, "regions": [_region(row, names) for row in rows]}


def _region(row: Regional, names: Sequence[str]) -> dict[str, Any]:
    return {
        "region": row.region,
        **_named(row.figures, names),
        "version": row.version,
        "epoch": row.epoch,
        "as_of": row.as_of,
        "received_at": row.received_at,
        "trace_id": row.trace_id,
        "suppressed": row.figures is None,
    }


def _named(figures: Sequence[int | None] | None, names: Sequence[str]) -> dict[str, int | None]:
    if figures is None:
        return dict.fromkeys(names)
    return dict(zip(names, figures, strict=True))
