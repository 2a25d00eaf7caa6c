"""Boundaries of districts, as long as real ones: whole where one Location is read, an address in pages."""

import base64
from typing import Any

import orjson
import pytest
from fhir.resources.R4B import get_fhir_model_class

from tests.registry.mcsd.asking import FHIR, outcome
from tests.registry.mcsd.test_attacks import ward
from tests.registry.mcsd.test_feed import location, sent
from tests.registry.mcsd.test_formats import boundary
from tests.served import Client
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")
POINTS = 25_000  # half a megabyte


def district(east: float, **attached: Any) -> dict[str, Any]:
    """The extension with the outline of a district."""
    ring = [[round(east + number / 1e6, 6), 8.123456] for number in range(POINTS)]
    made = boundary({"type": "Polygon", "coordinates": [[*ring, ring[0]]]})
    return {**made, "valueAttachment": {**made["valueAttachment"], **attached}}


def geojson(extension: dict[str, Any]) -> bytes:
    return base64.b64decode(extension["valueAttachment"]["data"])


async def pages(client: Client, id_: str) -> list[list[dict[str, Any]]]:
    """The extensions of a Location as searches and histories show them; none until it is in all of them."""
    shown = []
    for path in (f"Location?_id={id_}", f"Location/{id_}/_history", "Location/_history?_count=20"):
        answer = await client.get(f"{FHIR}/{path}")
        entries = [each["resource"] for each in answer.json.get("entry", []) if "resource" in each]
        found = [each["extension"] for each in entries if each["id"] == id_]
        if not found:
            return []
        assert len(orjson.dumps(found)) < 10_000, path
        shown += found
    return shown


@pytest.mark.parametrize("unit", [True, False])
async def test_a_long_boundary_is_whole_by_itself_and_an_address_in_pages(registry, unit):
    def make(**values: Any) -> dict[str, Any]:
        return location("long-boundary", **values) if unit else ward("E1A", **values)

    drawn, again = district(-11.5, title="Outline"), district(-11.6)
    made = await sent(registry, "Location", make(extension=[drawn]))
    assert (made.status, made.json["extension"]) == (201, [drawn])
    id_ = made.json["id"]
    at = f"Location/{id_}"
    first = made.json["meta"]["versionId"]
    assert (await sent(registry, at, make(extension=[drawn]), "PUT")).json["meta"]["versionId"] == first

    async def everywhere() -> list[list[dict[str, Any]]]:
        return await pages(registry, id_)

    for extensions in await wait_for(everywhere, 60):
        (attached,) = [each["valueAttachment"] for each in extensions]
        assert list(attached) == ["contentType", "url", "size", "title"]
        assert attached["size"] == len(geojson(drawn))
        content = await registry.get(f"{FHIR}/{attached['url']}", headers={"Accept": "application/geo+json"})
        assert (content.status, content.headers["content-type"]) == (200, "application/geo+json")
        assert content.body == geojson(drawn)
    wrapped = await registry.get(f"{FHIR}/{attached['url']}", headers={"Accept": "application/fhir+json"})
    assert wrapped.json["data"] == drawn["valueAttachment"]["data"]
    xml = await registry.get(f"{FHIR}/{at}?_format=xml")
    get_fhir_model_class("Location").model_validate_xml(xml.body)

    changed = await sent(registry, at, make(extension=[again]), "PUT")
    assert changed.json["extension"] == [again]
    assert (await registry.get(f"{FHIR}/{at}")).json["extension"] == [again]
    old = await registry.get(f"{FHIR}/{attached['url']}")
    if unit:  # what was sent of a unit has no versions
        assert outcome(old) == (404, "resource-unknown")
    else:
        assert (await registry.get(f"{FHIR}/{at}/_history/{first}")).json["extension"] == [drawn]
    gone = make()
    assert "extension" not in (await sent(registry, at, gone, "PUT")).json


async def test_who_reads_no_units_reads_no_boundary(registry, token):
    made = await sent(registry, "Location", ward("E1A", extension=[district(-11.7)]))
    found = await registry.get(f"{FHIR}/Location?_id={made.json['id']}")
    (attached,) = [each["valueAttachment"] for each in found.json["entry"][0]["resource"]["extension"]]
    nobody = registry.using(token("service"))
    assert outcome(await nobody.get(f"{FHIR}/{attached['url']}")) == (403, "role-missing")
    assert outcome(await registry.get(f"{FHIR}/Binary/{'0' * 64}")) == (404, "resource-unknown")
    posing = {**boundary({"type": "Point", "coordinates": [0, 0]})}
    posing["valueAttachment"]["stored"] = {"digest": "0" * 64, "size": 1}
    assert (await sent(registry, "Location", ward("E1A", extension=[posing]))).status == 422


FAR = {"type": "Point", "coordinates": [1e9, 0]}


@pytest.mark.parametrize(
    "geometry",
    [
        {"type": ["Point"], "coordinates": [0, 0]},
        {"type": {"Point": 1}, "coordinates": [0, 0]},
        {"type": "Feature", "geometry": FAR},
        {"type": "GeometryCollection", "geometries": [{"type": "Point", "coordinates": [0, 0]}, FAR]},
        {"type": "FeatureCollection", "features": [{"type": "Feature", "geometry": FAR}]},
    ],
)
async def test_what_is_no_boundary_on_earth_is_refused_however_it_is_wrapped(registry, geometry):
    made = ward("E1A", extension=[boundary(geometry)])
    assert outcome(await sent(registry, "Location", made)) == (422, "malformed")
