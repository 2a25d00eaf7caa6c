"""The boundary of a place: GeoJSON in an extension of its Location (FHIR R4, location-boundary-geojson)."""

import base64
import binascii
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from services.registry.mcsd import terms
from services.registry.mcsd.sent_people import wrong

_GEOMETRIES = frozenset({
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection",
    "Feature", "FeatureCollection",
})  # fmt: skip
FORM = "application/geo+json"


def check_boundary(sent: Mapping[str, Any]) -> None:
    """Pass for a Location whose boundary, if it has one, is GeoJSON; nothing is fetched from an address.

    Raises Invalid.
    """
    found = 0
    for number, each in enumerate(sent.get("extension", ())):
        if each.get("url") != terms.BOUNDARY:
            continue
        found += 1
        attached = each.get("valueAttachment", {})
        if found > 1 or attached.get("contentType") != FORM or not _is_geojson(attached.get("data")):
            detail = f"A Location has one boundary, GeoJSON in base64 with the content type {FORM}."
            raise wrong(f"/Location/extension/{number}", "malformed", detail)


def _is_geojson(data: Any) -> bool:
    try:
        found = msgspec.json.decode(base64.b64decode(str(data), validate=True))
    except (ValueError, binascii.Error, msgspec.MsgspecError, RecursionError):
        return False
    return isinstance(found, dict) and found.get("type") in _GEOMETRIES and _on_earth(found)


def _on_earth(value: Any) -> bool:
    """Whether all numbers of coordinates are degrees, or metres of height that somewhere has."""
    return all(-12_000 <= each <= 10_000 for each in _numbers(value.get("coordinates", ())))


def _numbers(value: Any) -> Iterator[float]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, int | float):
            yield each
