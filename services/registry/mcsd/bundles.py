"""Bundles: pages of a search or a history (FHIR R4, Bundle)."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from services.registry.mcsd.boundaries import in_a_page

Resource = dict[str, Any]


def searchset(
    base: str,
    links: Iterable[tuple[str, str]],
    matches: Sequence[Resource],
    included: Sequence[Resource],
    total: int | None,
) -> Resource:
    """A page of a search; `links` are relation and address."""
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset"}
    if total is not None:
        bundle["total"] = total
    bundle["link"] = _links(links)
    entries = [(each, "match") for each in matches] + [(each, "include") for each in included]
    if entries:
        bundle["entry"] = [
            {"fullUrl": address(base, each), "resource": in_a_page(each), "search": {"mode": mode}}
            for each, mode in entries
        ]
    return bundle


def history(
    base: str, links: Iterable[tuple[str, str]], entries: Sequence[Resource], until: datetime | None
) -> Resource:
    """A page of a history; everything up to `until` is in its pages."""
    bundle: Resource = {"resourceType": "Bundle"}
    if until is not None:
        bundle["meta"] = {"lastUpdated": instant(until)}
    bundle |= {"type": "history", "link": _links(links)}
    if entries:
        bundle["entry"] = [{"fullUrl": f"{base}/{each['request']['url']}"} | _shown(each) for each in entries]
    return bundle


def _shown(entry: Resource) -> Resource:
    return {**entry, "resource": in_a_page(entry["resource"])} if "resource" in entry else entry


def answered(entries: Sequence[Resource], kind: str) -> Resource:
    """What became of the entries of a transaction or batch, in their order."""
    return {"resourceType": "Bundle", "type": f"{kind}-response", "entry": list(entries)}


def address(base: str, resource: Resource) -> str:
    """The address of a resource of this server."""
    return f"{base}/{resource['resourceType']}/{resource['id']}"


def instant(moment: datetime) -> str:
    """A FHIR instant in UTC, to the microsecond."""
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def _links(links: Iterable[tuple[str, str]]) -> list[Resource]:
    return [{"relation": relation, "url": url} for relation, url in links]
