"""What source systems call units."""

import asyncio

from tests.registry.builders import made, source_client, unit


async def clinic(registry) -> str:
    """A new clinic, at version 1."""
    return (await made(registry, "/v1/units", unit()))["unit_code"]


def at(code: str, system: str = "local") -> str:
    return f"/v1/units/{code}/identifiers/{system}"


async def test_a_unit_has_one_value_in_each_system(registry, token):
    other = await source_client(registry, token, "dhis", "dhis")
    code = await clinic(registry)
    named = await registry.put(at(code), json={"value": "MFL-1"}, if_match='"1"')
    assert (named.status, named.json["version"]) == (200, 2)
    assert named.json["identifiers"] == [{"system": "local", "value": "MFL-1"}]
    same = await registry.put(at(code), json={"value": "MFL-1"}, if_match='"2"')
    assert same.json["version"] == 2, "nothing new, no version"
    await other.put(at(code, "dhis"), json={"value": "MFL-1"}, if_match='"2"')
    changed = await registry.put(at(code), json={"value": "MFL-2"}, if_match='"3"')
    both = [{"system": "dhis", "value": "MFL-1"}, {"system": "local", "value": "MFL-2"}]
    assert changed.json["identifiers"] == both
    for where, number in (
        ({"external_id": "MFL-1"}, 1),
        ({"external_id": "MFL-1", "system": "local"}, 0),
        ({"external_id": "MFL-2", "system": "local"}, 1),
        ({"system": "dhis"}, 1),
    ):
        found = (await other.get("/v1/units", params=where)).json["items"]
        assert [each["identifiers"] for each in found] == [both] * number
    gone = await registry.delete(at(code), if_match='"4"')
    assert gone.json["identifiers"] == both[:1]
    again = await registry.delete(at(code), if_match='"5"')
    assert (again.status, again.code) == (404, "identifier-unknown")
    assert (await registry.get(f"/v1/units/{code}")).version == "5"


async def test_a_value_of_a_system_is_of_one_unit(registry):
    first, second = await clinic(registry), await clinic(registry)
    await registry.put(at(first), json={"value": "once"}, if_match='"1"')
    refused = await registry.put(at(second), json={"value": "once"}, if_match='"1"')
    assert (refused.status, refused.code) == (409, "external-id-taken")
    assert [each["pointer"] for each in refused.json["errors"]] == ["/value"]
    assert (await registry.get(f"/v1/units/{second}")).json["identifiers"] == []


async def test_of_units_named_alike_at_once_one_has_the_value(registry, token):
    clients = [await source_client(registry, token, f"unit-{n}", "unit-names") for n in range(2)]
    codes = [await clinic(registry) for _ in range(6)]
    answers = await asyncio.gather(
        *(
            client.put(at(code, "unit-names"), json={"value": "same"}, if_match='"1"')
            for client, code in zip(clients * 3, codes, strict=True)
        )
    )
    assert sorted(each.status for each in answers) == [200, *[409] * 5]


async def test_only_clients_of_the_system_inside_their_units_name_a_unit(registry, token):
    code = await clinic(registry)
    stranger = registry.using(token("hris", units=("SL",), subject="unbound"))
    north = await source_client(registry, token, "north-names", "local", units=("SL-N",))
    for client, if_match, status, problem in (
        (stranger, '"1"', 403, "source-system-not-bound"),
        (north, '"1"', 403, "unit-out-of-scope"),
        (registry, '"7"', 412, "stale-etag"),
        (registry, None, 428, "if-match-required"),
    ):
        refused = await client.put(at(code), json={"value": "x"}, if_match=if_match)
        assert (refused.status, refused.code) == (status, problem)
    unknown = await registry.put(at(code, "no-such"), json={"value": "x"}, if_match='"1"')
    assert (unknown.status, unknown.code) == (422, "source-system-unknown")
    assert [each["pointer"] for each in unknown.json["errors"]] == ["/path/system"]
    assert (await registry.get(f"/v1/units/{code}")).json["identifiers"] == []
