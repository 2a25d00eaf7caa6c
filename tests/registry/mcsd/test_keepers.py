"""Who keeps what is below a ward, once that ward is somewhere else: asked as its keeper of before."""

from typing import Any

import pytest

from tests.registry.builders import source_client
from tests.registry.mcsd.asking import found, outcome
from tests.registry.mcsd.test_attacks import ORGANIZATION, SERVICE, ward
from tests.registry.mcsd.test_feed import bundle, entry, sent

pytestmark = pytest.mark.asyncio(loop_scope="module")
NAME = "Of a moving ward"
Json = dict[str, Any]


def below(**values: Any) -> dict[str, Json]:
    """What is below a ward and a team, by address; none of it names a unit."""
    point: Json = {"resourceType": "Endpoint", "status": "active", "connectionType": {"code": "x"}}
    point |= {"payloadType": [{"text": "x"}], "address": "https://a.example", "name": NAME}
    managed = {"managingOrganization": {"reference": "Organization/team-m"}}
    service = {**SERVICE, "name": NAME, "location": [{"reference": "Location/bed-m"}]}
    return {
        "Location/bed-m": ward("ward-m", name=NAME, **values),
        "HealthcareService/anc-m": {**service, **values},
        "Endpoint/point-m": {**point, **managed, **({"name": "changed"} if values else {})},
    }


def above(unit: str) -> dict[str, Json]:
    """The ward and the team, in a unit."""
    team = {**ORGANIZATION, "partOf": {"reference": f"Organization/{unit}"}}
    return {"Location/ward-m": ward(unit), "Organization/team-m": team}


def together(resources: dict[str, Json]) -> Json:
    entries = [entry(each, path, f"urn:x:{path}", "PUT") for path, each in resources.items()]
    return bundle("transaction", *entries)


async def test_a_ward_that_moves_takes_what_is_below_it_along(registry, token):
    old = await source_client(registry, token, "old-keeper", units=("SL-N",))
    new = await source_client(registry, token, "new-keeper", units=("SL-E",))
    for path, resource in (above("SL-N") | below()).items():
        assert (await sent(old, path, resource, "PUT")).status == 201, path
        assert outcome(await sent(new, path, resource, "PUT")) == (403, "unit-out-of-scope"), path
    assert await found(old, "HealthcareService", name=NAME) == ["anc-m"]
    # As a whole, with what is below first: it says nothing else than before.
    moved = together(below() | above("E1A"))
    assert outcome(await sent(old, "", moved)) == (403, "unit-out-of-scope"), "they do not keep where it goes"
    assert (await sent(registry, "", moved)).status == 200

    for path, resource in (above("SL-N") | below(comment="theirs", alias=["theirs"])).items():
        resource.pop("comment" if path.startswith("Location") else "alias", None)
        assert outcome(await sent(old, path, resource, "PUT")) == (403, "unit-out-of-scope"), path
        if path not in above("SL-N"):
            assert (await sent(new, path, resource, "PUT")).status == 200, path
    taken = {
        **SERVICE,
        "location": [{"reference": "Location/SL-N"}],
    }  # back to a unit of theirs, past the ward
    assert outcome(await sent(old, "HealthcareService/anc-m", taken, "PUT")) == (403, "unit-out-of-scope")
    one_more = below()["HealthcareService/anc-m"]
    assert outcome(await sent(old, "HealthcareService", one_more)) == (403, "unit-out-of-scope")
    for kind, id_ in (("HealthcareService", "anc-m"), ("Location", "bed-m")):
        assert (await found(old, kind, name=NAME), await found(new, kind, name=NAME)) == ([], [id_])


async def test_a_ring_belongs_to_no_unit_until_it_is_opened(registry, token):
    keeper = await source_client(registry, token, "loop-keeper", units=("SL-E",))
    part = {"partOf": {"reference": "Organization/ring-a"}}
    for path, resource in (
        ("Organization/ring-a", ORGANIZATION),
        ("Organization/ring-b", {**ORGANIZATION, **part}),
        ("Organization/ring-a", {**ORGANIZATION, "partOf": {"reference": "Organization/ring-b"}}),
    ):
        assert (await sent(registry, path, resource, "PUT")).status in (200, 201)
    assert outcome(await sent(keeper, "Organization/ring-b", {**ORGANIZATION, **part}, "PUT")) == (
        403,
        "unit-out-of-scope",
    )
    out = {**ORGANIZATION, "partOf": {"reference": "Organization/E1A"}}
    assert (await sent(registry, "Organization/ring-a", out, "PUT")).status == 200
    assert (await sent(keeper, "Organization/ring-b", {**ORGANIZATION, **part}, "PUT")).status == 200
