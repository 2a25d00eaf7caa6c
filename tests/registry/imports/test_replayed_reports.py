"""The stored report of a load: given again only to whom all that it names is open still."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest
import pytest_asyncio

from shared import clock
from tests.registry.builders import CSV, hired, made, person, post, source_client, unit

LATER = (clock.today() + timedelta(days=90)).isoformat()
HEADER = "Admin1,Facility name,Facility type,Ownership,Lat,Long\n"
NDJSON = {"Content-Type": "application/x-ndjson"}


async def load(client: Any, kind: str, *lines: dict[str, Any], key: str) -> Any:
    data = b"\n".join(map(msgspec.json.encode, lines))
    return await client.post(f"/v1/imports/{kind}", data=data, headers=NDJSON, key=key)


def withheld(answer: Any) -> bool:
    return (answer.status, answer.code) == (403, "unit-out-of-scope")


async def clinic(registry: Any, parent: str = "SL-E-1") -> str:
    return (await made(registry, "/v1/units", unit(parent=parent)))["unit_code"]


async def moved(registry: Any, code: str, parent: str = "SL-N") -> None:
    day = clock.today().isoformat()
    answer = await registry.post(f"/v1/units/{code}/move", json={"parent": parent, "on": day})
    assert answer.status == 200, answer.json


@pytest_asyncio.fixture
async def east(registry: Any, token: Any) -> Any:
    """HRIS of the eastern region."""
    return await source_client(registry, token, "east", units=("SL-E",))


@pytest.mark.parametrize("kind", ["posts", "people", "leavers", "facilities"])
async def test_what_has_moved_to_another_region_is_withheld(registry, east, kind):
    code, about = await clinic(registry), person()
    assert (await load(east, "people", about, key=f"first-{kind}")).json["created"] == 1
    held = {
        "external_id": f"p-{about['external_id']}", "person_external_id": about["external_id"], "unit_code": code,
        "role_code": "facility-manager", "valid_from": "2025-01-01",
    }  # fmt: skip
    assert (await load(east, "posts", held, key=f"held-{kind}")).json["created"] == 1

    async def ask() -> Any:
        if kind == "facilities":
            text = "Code,Facility name,Admin1\n" + f"{code},Unit {code},SL-E\n"
            return await east.post("/v1/imports/facilities", data=text.encode(), headers=CSV, key="f")
        line = {"leavers": {"external_id": about["external_id"], "on": LATER}, "people": about, "posts": held}
        return await load(east, kind, line[kind], key=kind)

    first = await ask()
    assert first.status == 200, first.json
    assert first.json["rejected"] == [], first.json
    again = await ask()
    assert (again.headers["idempotency-replayed"], again.json) == ("true", first.json)
    await moved(registry, code)
    assert withheld(await ask())


async def test_the_manager_of_a_post_is_named_as_well(registry, east):
    """The post stays, the manager's unit is another region's by now."""
    code = await clinic(registry)
    _, boss = await hired(registry, code)
    about = person()
    await load(east, "people", about, key="m-people")
    line = {
        "external_id": "m-1", "person_external_id": about["external_id"], "unit_code": "E1A",
        "role_code": "facility-manager", "valid_from": "2025-01-01", "manager_post_id": boss,
    }  # fmt: skip
    assert (await load(east, "posts", line, key="m")).json["created"] == 1
    assert (await load(east, "posts", line, key="m")).status == 200
    await moved(registry, code)
    assert withheld(await load(east, "posts", line, key="m"))


async def test_a_person_who_went_elsewhere_is_withheld_though_the_unit_is_the_callers(registry, east):
    about = person()
    await load(east, "people", about, key="w-people")
    line = {
        "external_id": "w-1", "person_external_id": about["external_id"], "unit_code": "E1A",
        "role_code": "facility-manager", "valid_from": "2025-01-01", "valid_to": "2025-12-31",
    }  # fmt: skip
    assert (await load(east, "posts", line, key="w")).json["created"] == 1
    (found,) = (await east.get(f"/v1/people?external_id={about['external_id']}")).json["items"]
    await made(registry, "/v1/posts", post(found["person_id"], "SL-N", valid_from="2026-01-01"))
    assert withheld(await load(east, "posts", line, key="w"))
    assert withheld(await load(east, "people", about, key="w-people"))


async def test_fewer_units_or_another_role_get_no_report(registry, east, token):
    text = (HEADER + "SL-E,Replay Clinic,Clinic,MoH,8.1,-11.1\n").encode()

    async def ask(client: Any) -> Any:
        return await client.post("/v1/imports/facilities", data=text, headers=CSV, key="few")

    assert (await ask(east)).json["created"] == 1
    assert (await ask(east)).headers["idempotency-replayed"] == "true"
    north = registry.using(token("hris", units=("SL-N",), subject="east"))
    assert withheld(await ask(north))
    leader = registry.using(token("leader", units=("SL-E",), subject="east"))
    assert (await ask(leader)).code == "role-missing"


async def test_a_unit_that_is_not_there_is_no_reason_to_withhold(registry, token):
    """The units of a token may name what does not exist: the repeat is decided as the first one was."""
    client = registry.using(token("hris", units=("SL-E", "NOWHERE"), subject="both"))
    text = (HEADER + "SL-E,Other Clinic,Clinic,MoH,8.2,-11.2\n").encode()
    first = await client.post("/v1/imports/facilities", data=text, headers=CSV, key="n")
    again = await client.post("/v1/imports/facilities", data=text, headers=CSV, key="n")
    assert (first.status, again.status, again.json) == (200, 200, first.json)
