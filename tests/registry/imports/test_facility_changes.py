"""What a facility list may change of the tree, and what it says of each line."""

import asyncpg

from services.registry.imports.facility_codes import former_key
from tests.registry.builders import FACILITY_HEADER as HEADER
from tests.registry.builders import facilities, made, unit
from tests.registry.builders import load_list as load

FAR = "2099-01-01"


def refused(report):
    """Line, code and pointer of what was not taken."""
    return [(each["line"], each["code"], each["pointer"]) for each in report["rejected"]]


async def place_of(registry, code):
    """Dated places of a unit, and its path today."""
    found = (await registry.get(f"/v1/units/{code}")).json
    return [(place["valid_from"], place["parent"]) for place in found["placements"]], found["path"]


async def test_each_line_that_was_taken_has_its_units_code(registry):
    text = "name,region,Remarks\nCoded One,Told,x\nCoded Two,Told,y\n,Told,z\n"
    first = await load(registry, text)
    assert [(each["line"], each["outcome"]) for each in first["accepted"]] == [(2, "created"), (3, "created")]
    by_code = {each["unit_code"]: each["line"] for each in first["accepted"]}
    named = await facilities(registry)
    assert {line: named[code]["name"] for code, line in by_code.items()} == {2: "Coded One", 3: "Coded Two"}
    assert (first["header_line"], first["unused_headers"]) == (1, ["Remarks"])
    again = await load(registry, text)
    assert [each["outcome"] for each in again["accepted"]] == ["unchanged", "unchanged"]
    assert [each["unit_code"] for each in again["accepted"]] == list(by_code)


async def test_vowels_of_other_scripts_tell_facilities_and_regions_apart(registry):
    text = "Region,Facility name,Type\nलुम्बिनी,सिमरी चौकी,HP\nलुम्बनी,सिमरी चौकी,HP\nलुम्बिनी,सेमरा चौकी,HP\n"
    first = await load(registry, text)
    assert (first["created"], len(first["units_added"]), first["rejected"]) == (3, 2, [])
    one_line = "Region,Facility name,Type\nलुम्बिनी,सेमरा चौकी,HP\n"
    assert (await load(registry, one_line))["unchanged"] == 1


async def test_units_that_an_earlier_version_loaded_are_known_by_their_key_of_then(
    registry, service_database
):
    names = ("तिनाउ चौकी", "तानाउ चौकी")
    await load(registry, f"Region,Facility name,Type\nSL-N,{names[0]},HP\n")
    connection = await asyncpg.connect(service_database("registry"))
    try:
        then = former_key(("SL", "SL-N", names[0], "HP"))
        assert then == former_key(("SL", "SL-N", names[1], "HP"))
        await connection.execute("update unit set import_key = $1 where name = $2", then, names[0])
    finally:
        await connection.close()
    report = await load(registry, f"Region,Facility name,Type\nSL-N,{names[1]},HP\nSL-N,{names[0]},HP\n")
    assert (report["created"], report["unchanged"]) == (1, 1)


async def test_two_lines_with_one_code_change_nothing_whatever_their_order(registry):
    lines = [
        "O-1,Order One,Clinic,Ordered",
        "O-1,Order Two,Hospital,Ordered",
        "O-2,Order Three,Clinic,Ordered",
    ]
    for order in (lines, lines[::-1]):
        report = await load(registry, "code,name,type,region\n" + "\n".join(order))
        assert {(each["code"], each["pointer"]) for each in report["rejected"]} == {
            ("code-ambiguous", "/code")
        }
        assert (await registry.get("/v1/units/O-1")).status == 404
    keyed = ["SL,Ordered,Same Post,Post,MoH,9.1,-12.7", "SL,Ordered,Same Post,Post,FBO,9.1,-12.7"]
    assert {each["code"] for each in (await load(registry, HEADER + "\n".join(keyed)))["rejected"]} == {
        "line-ambiguous"
    }
    placeholders = await load(
        registry, "code,name,region\nNot set,Place One,Ordered\nNot set,Place Two,Ordered\n"
    )
    assert refused(placeholders) == [(2, "code-malformed", "/code"), (3, "code-malformed", "/code")]
    twice = await load(registry, "name,region\nSpelt,SL-ORDERED\nSpelt,Ordered\n")
    assert (twice["created"], refused(twice)) == (1, [(3, "line-repeated", "")])


async def test_namesakes_above_a_facility_are_not_chosen_from(registry):
    for code in ("NS-1", "NS-2"):
        await made(
            registry, "/v1/units", unit(code, name="Twin Region", level="region", parent="SL", type="Region")
        )
    text = "code,name,region\nNS-F,New,Twin Region\n"
    report = await load(registry, text)
    assert refused(report) == [(2, "name-ambiguous", "/region")]
    assert "NS-1, NS-2" in report["rejected"][0]["detail"]
    assert (await load(registry, text.replace("Twin Region", "NS-2")))["created"] == 1
    await made(registry, "/v1/units/NS-1/close", {"on": "2026-01-02"})
    assert (await load(registry, text.replace("NS-F", "NS-G")))["created"] == 1
    assert (await place_of(registry, "NS-G"))[1] == ["SL", "NS-2", "NS-G"]


async def test_a_district_without_its_region_is_found_where_it_stands(registry):
    await load(registry, "code,name,region,district\nDR-1,One,Coastal,Kono\nDR-2,Two,Hilly,Bo\n")
    by_district = "code,name,district\nDR-3,Three,Kono\n"
    report = await load(registry, by_district)
    assert (report["created"], report["units_added"]) == (1, [])
    assert (await place_of(registry, "DR-3"))[1][1:3] == ["SL-COASTAL", "SL-COASTAL-KONO"]
    mixed = ["DR-4,Four,,Kailahun", "DR-5,Five,Hilly,Kailahun", "DR-6,Six,Hilly,KAILAHUN"]
    await load(registry, "code,name,region,district\n" + "\n".join(mixed))
    assert (await place_of(registry, "DR-4"))[1][1:3] == ["SL-HILLY", "SL-HILLY-KAILAHUN"]
    await load(registry, "code,name,region,district\nDR-7,Seven,Coastal,Kailahun\n")
    assert refused(await load(registry, "code,name,district\nDR-8,Eight,Kailahun\n")) == [
        (2, "name-ambiguous", "/district")
    ]


async def test_a_list_without_places_moves_nothing_and_says_so(registry):
    await load(registry, "code,name,region,district,type\nST-1,Stays,Staying,Inner,Clinic\n")
    _, path = await place_of(registry, "ST-1")
    for text in ("code,name,region,type\nST-1,Stays,,\n", "code,name,region\nST-1,Stays,Staying\n"):
        report = await load(registry, text)
        assert (report["unchanged"], report["remarks"]) == (1, [])
        assert (await place_of(registry, "ST-1"))[1] == path
    report = await load(registry, "code,name\nST-2,Lost\nST-3,Lost too\n")
    (remark,) = report["remarks"]
    assert (remark["code"], remark["pointer"], remark["lines_count"]) == ("place-missing", "/region", 2)
    assert remark["first_line"] == 2


async def test_the_list_of_another_country_is_refused(registry):
    text = "Country,Region,Facility name\nOtherland,Far Region,Foreign Clinic\n"
    answer = await load(registry, text, 422)
    assert (answer["code"], answer["errors"][0]["pointer"]) == ("country-differs", "/country")
    assert (await registry.get("/v1/units/SL-FAR-REGION")).status == 404
    assert (await load(registry, text, mapping='{"country": null}'))["created"] == 1


async def test_a_unit_that_closes_later_is_open_until_then(registry):
    await made(
        registry, "/v1/units", unit("CL-R", name="Closing Region", level="region", parent="SL", type="Region")
    )
    await made(registry, "/v1/units", unit("CL-1", name="Closing", parent="CL-R"))
    for code in ("CL-1", "CL-R"):
        await made(registry, f"/v1/units/{code}/close", {"on": FAR, "successors": ["SL-E"]})
    text = "code,name,region\nCL-1,Closing Renamed,Closing Region\nCL-2,New,Closing Region\n"
    report = await load(registry, text)
    assert (report["updated"], report["created"]) == (1, 1)
    late = await load(registry, "code,name,region\nCL-3,Late,Closing Region\n", open_from="2100-01-01")
    assert refused(late) == [(2, "parent-closed", "/region")]


async def test_a_facility_that_opens_later_has_one_place_from_its_opening(registry):
    head = "code,name,region\n"
    await load(registry, head + "OP-1,Future,SL-N\n", open_from="2030-01-01")
    for region, changes in (("SL-E", 1), ("SL-E", 0), ("SL-N", 1)):
        report = await load(registry, f"{head}OP-1,Future,{region}\n")
        assert report["updated"] == changes
        assert await place_of(registry, "OP-1") == ([("2030-01-01", region)], ["SL", region, "OP-1"])


async def test_what_stands_below_a_facility_moves_with_it(registry):
    await load(registry, "code,name,region\nBW-1,Centre,SL-N\n")
    await made(registry, "/v1/units", unit("BW-2", parent="BW-1"))
    await load(registry, "code,name,region\nBW-1,Centre,SL-E\n")
    assert (await place_of(registry, "BW-2"))[1] == ["SL", "SL-E", "BW-1", "BW-2"]
    assert (await load(registry, "code,name,region\nBW-2,Unit BW-2,SL-E\n"))["unchanged"] == 1


async def test_an_operating_status_is_taken_over(registry):
    head = "code,name,region,Operational status\n"
    lines = ["SA-1,Open,SL-N,Functional", "SA-2,Gone,SL-N,Closed", "SA-3,Coming,SL-N,Under construction"]
    lines += ["SA-4,Asleep,SL-N,Closed (temporary)", "SA-5,Odd,SL-N,Licensed"]
    report = await load(registry, head + "\n".join(lines))
    assert (report["created"], refused(report)) == (4, [(4, "not-yet-open", "/status")])
    assert {each["code"]: each["first_line"] for each in report["remarks"]} == {
        "not-operating": 5,
        "status-unknown": 6,
    }
    closed = {
        code: (await registry.get(f"/v1/units/{code}")).json["closed_on"] for code in ("SA-1", "SA-2", "SA-4")
    }
    assert (closed["SA-1"], closed["SA-4"]) == (None, None)
    assert closed["SA-2"] is not None
    assert (await load(registry, head + lines[1]))["unchanged"] == 1
    assert refused(await load(registry, head + "SA-2,Gone,SL-N,open\n")) == [(2, "unit-closed", "/code")]
    await made(registry, "/v1/units", unit("SA-6", parent="SA-1"))
    assert refused(await load(registry, head + "SA-1,Open,SL-N,closed\n")) == [
        (2, "unit-has-children", "/status")
    ]
    both = await load(registry, head + "SA-1,Open,SL-N,closed\nSA-6,Unit SA-6,SL-N,closed\n")
    assert both["updated"] == 2
    later = await load(registry, head + lines[2], open_from="2031-01-01")
    assert later["created"] == 1


async def test_a_list_may_have_a_position_in_one_cell(registry):
    text = 'name,region,Place\nOne Cell,SL-N,"8°21\'31.68""N 11°19\'58.44""W"\n'
    await load(registry, text, mapping='{"position": "Place"}')
    (found,) = [each for each in (await facilities(registry)).values() if each["name"] == "One Cell"]
    assert (round(found["latitude"], 4), round(found["longitude"], 4)) == (8.3588, -11.3329)
    assert (await load(registry, text, mapping='{"position": "Place"}'))["unchanged"] == 1
