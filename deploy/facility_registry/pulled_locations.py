"""A Location of a national registry as Steward takes it: known by its id there, as its parent is."""

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

Json = dict[str, Any]
SOURCE_SYSTEM = "urn:steward:source-system:"
_SENT = (
    "status",
    "name",
    "alias",
    "description",
    "type",
    "telecom",
    "address",
    "position",
    "hoursOfOperation",
)


def newest(entries: Iterable[Json], seen: set[str]) -> list[Json]:
    """Of the entries of a page, newest first, those of ids that were not seen yet; without a resource: deleted."""
    found = []
    for entry in entries:
        resource, request = entry.get("resource"), entry.get("request", {})
        address = request.get("url") or entry.get("fullUrl", "")
        id_ = resource["id"] if resource else address.partition("/_history")[0].rpartition("/")[2]
        if not id_ or id_ in seen or (resource or {}).get("resourceType", "Location") != "Location":
            continue
        seen.add(id_)
        found.append({"id": id_, "resource": None if request.get("method") == "DELETE" else resource})
    return found


def in_order(entries: Iterable[Json]) -> list[Json]:
    """Parents before their children, as far as both are among the entries; deletions last, children first."""
    every = {entry["id"]: entry for entry in entries}
    depth: dict[str, int] = {}
    for id_ in every:
        way: list[str] = []
        at: str | None = id_
        while at is not None and at in every and at not in depth and at not in way:
            way.append(at)
            at = parent(every[at]["resource"])
        above = depth.get(at, 0) if at is not None else 0
        for place, each in enumerate(reversed(way), 1):
            depth[each] = above + place
    here = sorted((each for each in every.values() if each["resource"]), key=lambda each: depth[each["id"]])
    return [*here, *(each for each in every.values() if not each["resource"])]


def parent(resource: Json | None) -> str | None:
    """The id of the Location that one is part of."""
    reference = (resource or {}).get("partOf", {}).get("reference", "")
    return reference.rpartition("/")[2] or None


def taken(resource: Json, system: str, under: str, top: str | None) -> Json:
    """What is sent to Steward of a Location. Without a parent it is below `under`, as are children of `top`."""
    above = parent(resource)
    place = f"Location/{under}" if above in (None, top) else f"Location?{known_as(system, str(above))}"
    identifiers = [{"system": SOURCE_SYSTEM + system, "value": resource["id"]}]
    sent = {"resourceType": "Location", "identifier": identifiers}
    return {
        **sent,
        **{name: resource[name] for name in _SENT if name in resource},
        "partOf": {"reference": place},
    }


def known_as(system: str, id_: str) -> str:
    """The condition that finds the unit of an id."""
    return f"identifier={SOURCE_SYSTEM}{system}|{quote(id_, safe='')}"


def entry_of(sent: Json, system: str, id_: str) -> Json:
    """The entry of a batch that updates the unit of an id, or makes it."""
    request = {"method": "PUT", "url": f"Location?{known_as(system, id_)}"}
    return {"fullUrl": f"urn:steward:pulled:{id_}", "resource": sent, "request": request}
