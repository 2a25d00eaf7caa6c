"""``steward federation status``: what a gateway says of its federation, as a table for people."""

from collections.abc import Iterator
from typing import Any

import aiohttp

from deploy.federation.folder import FederationError
from deploy.federation.terminal import shown

HEADINGS = (
    "REGION", "STATE", "LAST SEEN (UTC)", "LAG S", "LAG EVENTS", "UNAPPLIED", "REFUSED", "OUTBOX", "HELD",
    "HIDDEN", "EPOCH", "SOFTWARE", "VERSIONS",
)  # fmt: skip
Said = dict[str, Any]


async def ask(url: str, token: str) -> Said:
    """The answer of GET /v1/federation. Raises FederationError for any other."""
    address = url.rstrip("/") + "/v1/federation"
    headers = {"Authorization": f"Bearer {token}"}
    timeout = aiohttp.ClientTimeout(total=10)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.get(address, headers=headers) as answer,
        ):
            said: Any = await answer.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise FederationError(f"{url} did not answer as a gateway: {type(error).__name__}.") from None
    if not isinstance(said, dict):
        raise FederationError(f"{url} did not answer as a gateway.")
    if answer.status != 200:
        raise FederationError(str(said.get("detail") or said.get("code") or answer.status))
    return said


def table(said: Said) -> list[str]:
    """The lines to print, with nothing in them that a terminal would obey: versions are in regions' own words.

    Raises FederationError for what is no gateway's answer.
    """
    try:
        return [shown(line) for line in _lines(said)]
    except (KeyError, TypeError, AttributeError, ValueError):
        raise FederationError("What answered is no gateway of this release: see --url.") from None


def _lines(said: Said) -> Iterator[str]:
    if said["role"] == "region":
        yield from _link(said["link"])
        return
    rows = [HEADINGS, *(_row(region) for region in said["regions"])]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    for row in rows:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
    if len(rows) == 1:
        yield "no region is a member yet"


def _row(region: Said) -> tuple[str, ...]:
    beat = region["beat"] or {}
    cells = (
        region["region"],
        region["state"],
        (region["last_seen"] or "")[:19].replace("T", " "),
        region["lag_seconds"],
        region["lag_events"],
        region["unapplied_events"],
        region["refused_events"],
        _waiting(beat),
        _held(beat),
        beat.get("suppressed_cells"),
        beat.get("epoch"),
        beat.get("software"),
        _versions(beat),
    )
    return tuple("-" if cell in (None, "") else shown(cell) for cell in cells)


def _link(link: Said) -> Iterator[str]:
    beat = link["beat"]
    heard = link["hub_heard_seconds"]
    yield f"{link['region']}, epoch {beat['epoch']}, is a region of {link['hub'] or 'no hub yet'}"
    yield f"hub last heard: {'never' if heard is None else f'{heard} s ago'}"
    yield f"down: {beat['down']} publications, {_versions(beat) or 'none in use yet'}"
    yield f"up: {beat['uplink']} events for the hub, {link['waiting']} waiting to go there"
    if beat["budget"]:
        used, limit = beat["budget"]["used"], beat["budget"]["limit"]
        yield f"budget of {beat['budget']['day']}: {used} of {limit} bytes, {_held(beat)} events wait"


def _waiting(beat: Said) -> int | None:
    outboxes = beat.get("outboxes")
    return sum(outbox["waiting"] for outbox in outboxes.values()) if outboxes else None


def _held(beat: Said) -> int | None:
    return beat["budget"]["waiting"] if beat.get("budget") else None


def _versions(beat: Said) -> str:
    return ", ".join(f"{name} {said}" for name, said in (beat.get("versions") or {}).items())
