"""Facility lists that name facilities by what a source system calls them."""

import json

from tests.registry.builders import load_list, source_client

HEADER = "Country,Admin1,Facility name,Facility type,MFL number\n"
MAPPING = {"mapping": json.dumps({"external_id": "MFL number"})}


def codes(report):
    return [(each["line"], each["code"]) for each in report["rejected"]]


async def test_a_facility_is_met_by_what_the_system_calls_it(registry, token):
    client = await source_client(registry, token, "mfl-list", "mfl")
    first = HEADER + "SL,SL-E,Old Name Clinic,Clinic,M-1\nSL,SL-E,Second Clinic,Clinic,M-2\n"
    report = await load_list(client, first, **MAPPING)
    assert (report["created"], codes(report)) == (2, [])
    code = report["accepted"][0]["unit_code"]
    (found,) = (await client.get("/v1/units?external_id=M-1&system=mfl")).json["items"]
    assert found["unit_code"] == code
    assert (await load_list(client, first, **MAPPING))["unchanged"] == 2
    renamed = await load_list(client, HEADER + "SL,SL-E,New Name Hospital,Hospital,M-1\n", **MAPPING)
    assert (renamed["updated"], renamed["accepted"][0]["unit_code"]) == (1, code), "no second unit"
    assert (await client.get(f"/v1/units/{code}")).json["name"] == "New Name Hospital"


async def test_a_facility_that_is_there_is_named_and_renumbered(registry, token):
    client = await source_client(registry, token, "mfl-names", "mfl-two")
    plain = HEADER + "SL,SL-E,Plain Clinic,Clinic,\n"
    code = (await load_list(client, plain))["accepted"][0]["unit_code"]
    for value in ("N-1", "N-2"):
        named = HEADER + f"SL,SL-E,Plain Clinic,Clinic,{value}\n"
        report = await load_list(client, named, **MAPPING)
        assert [(each["unit_code"], each["outcome"]) for each in report["accepted"]] == [(code, "updated")]
        assert (await load_list(client, named, **MAPPING))["unchanged"] == 1
        shown = (await client.get(f"/v1/units/{code}")).json
        assert shown["identifiers"] == [{"system": "mfl-two", "value": value}]


async def test_lines_and_systems_that_cannot_be(registry, token):
    client = await source_client(registry, token, "mfl-wrong", "mfl-three")
    twice = HEADER + "SL,SL-E,One Clinic,Clinic,W-1\nSL,SL-E,Other Clinic,Clinic,W-1\n"
    assert codes(await load_list(client, twice, **MAPPING)) == [
        (2, "external-id-repeated"), (3, "external-id-repeated"),
    ]  # fmt: skip
    await load_list(client, HEADER + "SL,SL-E,One Clinic,Clinic,W-1\n", **MAPPING)
    other = "Code," + HEADER + "E1A,SL,SL-E,One Clinic,Clinic,W-1\n"
    assert codes(await load_list(client, other, **MAPPING)) == [(2, "identifier-differs")]
    unbound = registry.using(token("hris", units=("SL",), subject="mfl-nobody"))
    refused = await load_list(unbound, twice, 403, **MAPPING)
    assert refused["code"] == "source-system-not-bound"
    assert (await load_list(client, twice, 422, system="none"))["code"] == "source-system-unknown"
