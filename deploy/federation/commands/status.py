"""``steward federation status``: what a gateway says of its federation, as a table for people."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import aiohttp

from deploy import printing
from deploy.federation.federation_error import FederationError, shown

if TYPE_CHECKING:
    from rich.table import Table

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
    """What a gateway says, with nothing in it that a terminal would obey: versions are in regions' own words.

    Raises FederationError for what is no gateway's answer.
    """
    made = _made(said)
    return made if isinstance(made, list) else printing.plain(made)


def report(said: Said) -> None:
    """Print it. Raises FederationError for what is no gateway's answer."""
    made = _made(said)
    if isinstance(made, list):
        for line in made:
            printing.show_line(line)
    else:
        printing.show(made)


def _made(said: Said) -> "Table | list[str]":
    try:
        if said["role"] == "region":
            return [shown(line) for line in _link(said["link"])]
        rows = [_row(region) for region in said["regions"]]
    except (KeyError, TypeError, AttributeError, ValueError):
        raise FederationError("What answered is no gateway of this release: see --url.") from None
    made = printing.table(HEADINGS, rows, style=_style)
    return made if rows else [*printing.plain(made), "no region is a member yet"]


def _style(row: Sequence[str]) -> str:
    return {"ok": "", "suspended": "dim"}.get(row[1], "yellow")


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
    said = "never since this broker started" if heard is None else f"{heard} s ago"
    yield f"link: {link['state'].upper() if link['state'] != 'ok' else 'ok'}, hub last heard: {said}"
    yield f"down: {beat['down']} publications, {_versions(beat) or 'none in use yet'}"
    yield f"up: {beat['uplink']} events for the hub, {_unread(link)} waiting to go there"
    if beat["budget"]:
        used, limit = beat["budget"]["used"], beat["budget"]["limit"]
        yield f"budget of {beat['budget']['day']}: {used} of {limit} bytes, {_held(beat)} events wait"


def _unread(link: Said) -> str:
    """What the hub has not got; at least that where how far it has read is not known."""
    return str(link["waiting"]) if link["in_uplink"] is not None else f"{link['waiting']} or more"


def _waiting(beat: Said) -> int | None:
    outboxes = beat.get("outboxes")
    return sum(outbox["waiting"] for outbox in outboxes.values()) if outboxes else None


def _held(beat: Said) -> int | None:
    return beat["budget"]["waiting"] if beat.get("budget") else None


def _versions(beat: Said) -> str:
    return ", ".join(f"{name} {said}" for name, said in (beat.get("versions") or {}).items())
