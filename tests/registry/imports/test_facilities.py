"""Master facility lists: loading twice changes nothing, repeated names stay apart, findings are reported."""

import asyncio
import json
import time

import pytest

from services.registry.imports.facility_codes import Place, facility_codes, facility_key
from tests.registry.builders import CSV, facilities
from tests.registry.builders import FACILITY_HEADER as HEADER
from tests.registry.builders import load_list as load


async def test_a_second_facility_of_the_same_name_leaves_the_first_ones_code(registry):
    one = "SL,Twins,Kania Post,Post,MoH,9.1642,-12.7383\n"
    two = "SL,Twins,Kania Post,Post,MoH,9.2128,-11.6094\n"
    await load(registry, HEADER + one)
    (code,) = [code for code, unit in (await facilities(registry)).items() if unit["name"] == "Kania Post"]
    report = await load(registry, HEADER + two + one)
    assert (report["created"], report["unchanged"], report["duplicates_count"]) == (1, 1, 1)
    stayed = (await facilities(registry))[code]
    assert (stayed["latitude"], stayed["version"]) == (9.1642, 1)
    assert (await load(registry, HEADER + one + two))["unchanged"] == 2
    assert (await load(registry, HEADER + two))["unchanged"] == 1
    corrected = await load(registry, HEADER + one.replace("9.1642", "9.1650") + two)
    assert (corrected["updated"], corrected["unchanged"]) == (1, 1)
    assert (await facilities(registry))[code]["latitude"] == 9.165


async def test_wrong_lines_are_reported_and_the_good_ones_stand(registry):
    lines = [
        "SL,Lines,Good,Clinic,MoH,8.1,-11.1",
        "SL,Lines,,Clinic,MoH,8.1,-11.1",
        "SL,Lines,Far,Clinic,MoH,97,-11.1",
        "SL,Lines,Word,Clinic,MoH,north,-11.1",
        "SL,Lines,Half,Clinic,MoH,8.1,",
        "SL,Lines,Good,Clinic,MoH,8.1,-11.1",
        "SL,Lines,No type,,,,",
        "",
        "SL,Lines,Nul\x00,Clinic,MoH,8.1,-11.1",
    ]
    report = await load(registry, HEADER + "\n".join(lines))
    assert (report["received"], report["created"]) == (8, 2)
    assert [(each["line"], each["code"]) for each in report["rejected"]] == [
        (3, "name-missing"), (4, "position-wrong"), (5, "position-wrong"), (6, "position-half"),
        (7, "line-repeated"), (10, "control-character"),
    ]  # fmt: skip
    by_name = {unit["name"]: unit for unit in (await facilities(registry)).values()}
    assert (by_name["No type"]["type"], by_name["No type"]["ownership"]) == ("unknown", None)


async def test_codes_of_the_list_are_kept_and_moves_are_dated(registry):
    header = "MFL code;Facility;Region;Type\n"
    await load(
        registry, header + "K-1;Alpha;Coast;Clinic\nK-2;Beta;Coast;Clinic\nbad code;Gamma;Coast;Clinic\n"
    )
    moved = await load(registry, header + "K-1;Alpha;Hills;Clinic\nK-2;Beta;Coast;Clinic\n")
    assert (moved["updated"], moved["unchanged"], moved["units_added"]) == (1, 1, ["SL-HILLS"])
    unit = (await registry.get("/v1/units/K-1")).json
    assert [place["parent"] for place in unit["placements"]] == ["SL-COAST", "SL-HILLS"]
    assert unit["path"] == ["SL", "SL-HILLS", "K-1"]
    names_only = await load(registry, "code,name\nK-1,Alpha\n")
    assert names_only["unchanged"] == 1, names_only


async def test_an_own_mapping_finds_unusual_headers(registry):
    text = "Maison,Zone\nDispensaire,Mapped\n"
    assert (await load(registry, text, 422))["code"] == "column-missing"
    mapping = json.dumps({"name": "Maison", "region": "Zone"})
    report = await load(registry, text, mapping=mapping)
    assert report["columns"] == {"name": "Maison", "region": "Zone"}
    assert report["created"] == 1
    for wrong in ('{"nome": "Zone"}', '{"name": "Missing"}'):
        assert (await load(registry, text, 422, mapping=wrong))["code"] == "mapping-wrong"
    for nonsense in ("[]", "{", '{"name": 1}'):
        assert (await load(registry, text, 422, mapping=nonsense))["code"] == "mapping-malformed"


@pytest.mark.parametrize("body", [b"", b"\n\n", b"\xff\xfe\x00", b'"never closed', b"a,b\n1,2\n"])
async def test_what_is_no_list_is_refused(registry, body):
    answer = await registry.post("/v1/imports/facilities", data=body, headers=CSV)
    assert answer.status == 422
    assert answer.code in {"column-missing", "not-utf-8", "csv-malformed"}


async def test_a_region_may_load_its_own_facilities_only(registry, token):
    north = registry.using(token("hris", units=("SL-N",)))
    text = "code,name,region\nN-1,Mine,SL-N\nN-2,Theirs,SL-E\nN-3,New,Atlantis\nE1A,Taken,SL-N\n"
    report = await load(north, text)
    assert report["created"] == 1
    assert [(each["line"], each["code"]) for each in report["rejected"]] == [
        (3, "unit-out-of-scope"), (4, "unit-out-of-scope"), (5, "unit-out-of-scope"),
    ]  # fmt: skip


async def test_near_facilities_with_other_names_are_reported(registry):
    text = (
        HEADER
        + "SL,Near,Old Mission,Clinic,MoH,8.50000,-11.5\nSL,Near,New Mission,Clinic,MoH,8.50050,-11.5\n"
    )
    report = await load(registry, text)
    pair = next(each for each in report["duplicates"] if set(each["lines"]) == {2, 3})
    assert pair["reasons"] == ["near-position"]
    assert 50 <= pair["metres"] <= 60


async def test_a_code_made_for_a_region_that_a_facility_has_gives_way(registry):
    await load(registry, "code,name,region\nSL-COVE,Cove Clinic,Near\n")
    report = await load(registry, HEADER + "SL,Cove,Any Clinic,Clinic,MoH,,\n")
    assert (report["created"], report["rejected"]) == (1, [])
    (cove,) = report["units_added"]
    assert cove.startswith("SL-")
    assert cove != "SL-COVE"
    again = await load(registry, HEADER + "SL,Cove,Any Clinic,Clinic,MoH,,\n")
    assert (again["unchanged"], again["units_added"]) == (1, [])


async def test_a_code_made_for_a_region_that_a_line_gives_gives_way(registry):
    report = await load(registry, "code,name,region\nSL-DUNE,Dune Clinic,Dune\n")
    assert (report["created"], report["rejected"], len(report["units_added"])) == (1, [], 1)


async def test_a_code_made_for_a_facility_that_another_one_has_gives_way(registry):
    key = facility_key(("SL", "SL-NEAR", "Solo Clinic", "Clinic"))
    first, second, *_ = facility_codes("SL", key, Place(2, None, None), alone=True)
    await load(registry, f"code,name,region\n{first},Other Clinic,Near\n")
    line = "SL,Near,Solo Clinic,Clinic,MoH,,\n"
    report = await load(registry, HEADER + line)
    assert (report["created"], report["updated"], report["rejected"]) == (1, 0, [])
    names = {code: unit["name"] for code, unit in (await facilities(registry)).items()}
    assert (names[first], names[second]) == ("Other Clinic", "Solo Clinic")
    assert (await load(registry, HEADER + line))["unchanged"] == 1


async def test_a_crowd_at_one_position_is_one_finding_and_holds_nobody_up(registry):
    lines = "".join(f"Z-{number},Zero {number},Near,Clinic,0,0\n" for number in range(2000))
    loading = asyncio.create_task(load(registry, "code,name,region,type,lat,long\n" + lines))
    longest = 0.0
    while not loading.done():
        asked = time.monotonic()
        assert (await registry.get("/healthz")).status == 200
        longest = max(longest, time.monotonic() - asked)
    report = await loading
    assert (report["created"], report["duplicates_count"], report["crowds_count"]) == (2000, 0, 1)
    (crowd,) = report["crowds"]
    assert (crowd["reason"], crowd["size"], len(crowd["codes"])) == ("near-position", 2000, 10)
    assert longest < 2
    single = await load(registry, "code,name,region\nZ-X,Elsewhere,Near\n")
    assert single["crowds"] == []
