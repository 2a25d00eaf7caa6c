"""The boundary of a place: GeoJSON in an extension of its Location (FHIR R4, location-boundary-geojson).

A long one is stored apart. A Location that is read by itself has it whole, in `data`; in pages of searches and
histories it has a `url` and a `size` in its place, so that no page grows with the boundaries in it.
"""

import base64
import binascii
import hashlib
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import msgspec

from services.registry.mcsd import terms
from services.registry.mcsd.sent_people import wrong

Resource = dict[str, Any]
_GEOMETRIES = frozenset({
    "Point", "MultiPoint", "LineString", "MultiLineString", "Polygon", "MultiPolygon", "GeometryCollection",
    "Feature", "FeatureCollection",
})  # fmt: skip
_OF_ONE, _OF_MANY = ("geometry",), ("geometries", "features")  # elements that have further objects
FORM = "application/geo+json"
MOST = 700 << 10  # bytes of GeoJSON; in base64 and with its Location it is sent in a request of 1 MiB
INLINE = 4 << 10  # bytes of GeoJSON that stay in the resource
_STORED = "stored"  # beside the other elements of the Attachment, which has none of this name
# An Attachment's elements, in the order of their definitions.
_ORDER = ("extension", "contentType", "language", "data", "url", "size", "hash", "title", "creation")


class Content(NamedTuple):
    """A boundary that is stored apart, and its SHA-256 in hexadecimal digits."""

    digest: str
    geojson: bytes


def detached(sent: Mapping[str, Any]) -> tuple[Resource, Content | None]:
    """A resource as it is stored, and its boundary where that is stored apart.

    Raises Invalid where the boundary is no GeoJSON or longer than `MOST`; nothing is fetched from an address.
    """
    content: Content | None = None
    extensions: list[Resource] = []
    for number, each in enumerate(sent.get("extension", ())):
        if each.get("url") == terms.BOUNDARY:
            geojson = _geojson(f"/{sent['resourceType']}/extension/{number}", each, extensions)
            if sent["resourceType"] == terms.LOCATION and len(geojson) > INLINE:
                content = Content(hashlib.sha256(geojson).hexdigest(), geojson)
                attached = {name: value for name, value in each["valueAttachment"].items() if name != "data"}
                attached[_STORED] = {"digest": content.digest, "size": len(geojson)}
                extensions.append({**each, "valueAttachment": attached})
                continue
        extensions.append(each)
    return ({**sent, "extension": extensions} if extensions else dict(sent)), content


def in_a_page(resource: Resource) -> Resource:
    """A resource as pages show it: of a boundary that is stored apart its address and size."""

    def shown(attached: Mapping[str, Any], stored: Mapping[str, Any]) -> Resource:
        return {**attached, "url": f"{terms.BINARY}/{stored['digest']}", "size": stored["size"]}

    return _with_boundary(resource, shown)


def by_itself(resource: Resource, geojson: bytes) -> Resource:
    """A resource with the boundary that is stored apart, as it was sent."""

    def shown(attached: Mapping[str, Any], _: Mapping[str, Any]) -> Resource:
        return {**attached, "data": base64.b64encode(geojson).decode()}

    return _with_boundary(resource, shown)


def digest_of(resource: Resource) -> str | None:
    """The digest of a resource's boundary that is stored apart; None where there is none."""
    for each in resource.get("extension", ()):
        if _STORED in each.get("valueAttachment", {}):
            digest: str = each["valueAttachment"][_STORED]["digest"]
            return digest
    return None


def _with_boundary(
    resource: Resource, shown: Callable[[Mapping[str, Any], Mapping[str, Any]], Resource]
) -> Resource:
    if digest_of(resource) is None:
        return resource
    extensions = []
    for each in resource["extension"]:
        attached = dict(each.get("valueAttachment", {}))
        if (stored := attached.pop(_STORED, None)) is None:
            extensions.append(each)
            continue
        made = shown(attached, stored)
        extensions.append({**each, "valueAttachment": {name: made[name] for name in _ORDER if name in made}})
    return {**resource, "extension": extensions}


def _geojson(at: str, extension: Mapping[str, Any], before: list[Any]) -> bytes:
    """The GeoJSON in an extension, of which there is none `before`."""
    attached = extension.get("valueAttachment", {})
    found = _decoded(attached.get("data"))
    several = any(each.get("url") == terms.BOUNDARY for each in before)
    if several or attached.get("contentType") != FORM or found is None or not _is_geojson(found):
        detail = f"A Location has one boundary, GeoJSON in base64 with the content type {FORM}."
        raise wrong(at, "malformed", detail)
    if len(found) > MOST:
        raise wrong(at, "too-long", f"A boundary has at most {MOST} bytes of GeoJSON; simplify it.")
    return found


def _decoded(data: Any) -> bytes | None:
    try:
        return base64.b64decode(str(data), validate=True)
    except (ValueError, binascii.Error):
        return None


def _is_geojson(text: bytes) -> bool:
    try:
        found = msgspec.json.decode(text)
    except (ValueError, msgspec.MsgspecError, RecursionError):
        return False
    return all(map(_on_earth, _parts(found)))


def _is_object(value: Any) -> bool:
    """Whether it is an object of GeoJSON of a known type."""
    kind = value.get("type") if isinstance(value, dict) else None
    return isinstance(kind, str) and kind in _GEOMETRIES


def _parts(value: Any) -> Iterator[Any]:
    """The objects of GeoJSON that one is made of: itself, its features, and what these are drawn with."""
    waiting = [value]
    while waiting:
        yield (each := waiting.pop())
        if isinstance(each, dict):
            waiting += [each[name] for name in _OF_ONE if each.get(name) is not None]
            for several in (each.get(name, ()) for name in _OF_MANY):
                waiting += several if isinstance(several, list | tuple) else [several]


def _on_earth(value: Any) -> bool:
    """Whether all numbers of an object's coordinates are degrees, or metres of height that somewhere has."""
    return _is_object(value) and all(
        -12_000 <= each <= 10_000 for each in _numbers(value.get("coordinates", ()))
    )


def _numbers(value: Any) -> Iterator[float]:
    waiting = [value]
    while waiting:
        each = waiting.pop()
        if isinstance(each, list):
            waiting += each
        elif isinstance(each, int | float):
            yield each
