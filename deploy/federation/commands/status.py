"""``steward federation status``: the gateway's view of its federation, as a table for people."""

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
Answer = dict[str, Any]


async def ask(url: str, token: str) -> Answer:
    """The answer of GET /v1/federation. Raises FederationError for any other."""
    address = url.rstrip("/") + "/v1/federation"
    headers = {"Authorization": f"Bearer {token}"}
    timeout = aiohttp.ClientTimeout(total=10)
    try:
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.get(address, headers=headers) as answer,
        ):
            content: Any = await answer.json(content_type=None)
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        raise FederationError(f"{url} did not answer as a gateway: {type(error).__name__}.") from None
    if not isinstance(content, dict):
        raise FederationError(f"{url} did not answer as a gateway.")
    if answer.status != 200:
        raise FederationError(str(content.get("detail") or content.get("code") or answer.status))
    return content


def table(answer: Answer) -> list[str]:
    """What a gateway says, with nothing in it that a terminal would obey: versions are in regions' own words.

    Raises FederationError for what is no gateway's answer.
    """
    made = _made(answer)
    return made if isinstance(made, list) else printing.plain(made)


def report(answer: Answer) -> None:
    """Print it. Raises FederationError for what is no gateway's answer."""
    made = _made(answer)
    if isinstance(made, list):
        for line in made:
            printing.show_line(line)
    else:
        printing.show(made)


def _made(answer: Answer) -> "Table | list[str]":
    try:
        if answer["role"] == "region":
            return [shown(line) for line in _link(answer["link"])]
        rows = [_row(region) for region in answer["regions"]]
    except (KeyError, TypeError, AttributeError, ValueError):
        raise FederationError("What answered is no gateway of this release: see --url.") from None
    made = printing.table(HEADINGS, rows, style=_style)
    return made if rows else [*printing.plain(made), "no region is a member yet"]


def _style(row: Sequence[str]) -> str:
    return {"ok": "", "suspended": "dim"}.get(row[1], "yellow")


def _row(region: Answer) -> tuple[str, ...]:
    heartbeat = region["beat"] or {}
    cells = (
        region["region"],
        region["state"],
        (region["last_seen"] or "")[:19].replace("T", " "),
        region["lag_seconds"],
        region["lag_events"],
        region["unapplied_events"],
        region["refused_events"],
        _waiting(heartbeat),
        _held(heartbeat),
        heartbeat.get("suppressed_cells"),
        heartbeat.get("epoch"),
        heartbeat.get("software"),
        _versions(heartbeat),
    )
    return tuple("-" if cell in (None, "") else shown(cell) for cell in cells)


def _link(link: Answer) -> Iterator[str]:
    heartbeat = link["beat"]
    heard = link["hub_heard_seconds"]
    yield f"{link['region']}, epoch {heartbeat['epoch']}, is a region of {link['hub'] or 'no hub yet'}"
    since = "never since this broker started" if heard is None else f"{heard} s ago"
    yield f"link: {link['state'].upper() if link['state'] != 'ok' else 'ok'}, hub last heard: {since}"
    yield f"down: {heartbeat['down']} publications, {_versions(heartbeat) or 'none in use yet'}"
    yield f"up: {heartbeat['uplink']} events for the hub, {_unread(link)} waiting to go there"
    if heartbeat["budget"]:
        used, limit = heartbeat["budget"]["used"], heartbeat["budget"]["limit"]
        yield f"budget of {heartbeat['budget']['day']}: {used} of {limit} bytes, {_held(heartbeat)} events wait"


def _unread(link: Answer) -> str:
    """What the hub has not got; at least that where how far it has read is not known."""
    return str(link["waiting"]) if link["in_uplink"] is not None else f"{link['waiting']} or more"


def _waiting(heartbeat: Answer) -> int | None:
    outboxes = heartbeat.get("outboxes")
    return sum(outbox["waiting"] for outbox in outboxes.values()) if outboxes else None


def _held(heartbeat: Answer) -> int | None:
    return heartbeat["budget"]["waiting"] if heartbeat.get("budget") else None


def _versions(heartbeat: Answer) -> str:
    return ", ".join(f"{name} {version}" for name, version in (heartbeat.get("versions") or {}).items())
