"""Full facility lists: what a system's list does not name closes, unless something goes on in it."""

import pytest

from shared import clock
from tests.registry.builders import facilities, hired, load_list, source_client, unit
from tests.registry.imports.full_lists import full

HEADER = "region,name,type,mfl\n"
MAPPING = '{"external_id": "mfl"}'


def rows(name, numbers):
    return HEADER + "".join(f"SL-E,{name} {n},Clinic,{name}-{n}\n" for n in numbers)


async def closed(client, name):
    """Of the facilities of a name, those that are closed, with the day."""
    found = (await facilities(client)).values()
    return {
        each["name"]: each["closed_on"]
        for each in found
        if each["name"].startswith(name) and each["closed_on"]
    }


async def send(client, text, lines, expected=200, **params):
    asked = {"mapping": MAPPING, "full": "true", "lines": str(lines)} | params
    return await load_list(client, text, expected, **asked)


async def test_facilities_that_are_not_named_close_but_for_those_in_use(registry, token):
    client = await source_client(registry, token, "mfl-few")
    await load_list(client, rows("Few", range(5)), mapping=MAPPING)
    codes = {each["name"]: code for code, each in (await facilities(client)).items()}
    await hired(registry, codes["Few 4"])
    dry = await send(client, rows("Few", range(2)), 2, dry_run="true")
    assert (dry["absent_count"], dry["deactivated"], await closed(client, "Few")) == (2, 2, {})
    done = await send(client, rows("Few", range(2)), 2, digest=dry["digest"])
    assert (done["absent_count"], done["deactivated"], done["unchanged"]) == (2, 2, 2)
    (remark,) = done["remarks"]
    assert (remark["code"], remark["lines_count"], remark["first_line"]) == ("absent-in-use", 1, 0)
    today = str(clock.today())
    assert await closed(client, "Few") == {"Few 2": today, "Few 3": today}
    assert (await send(client, rows("Few", range(2)), 2))["absent_count"] == 0


async def test_no_doubtful_list_closes_a_facility(registry, token):
    client = await source_client(registry, token, "mfl-doubt")
    await load_list(client, rows("Doubt", range(3)), mapping=MAPPING)
    doubtful = [
        (HEADER, 0, "list-empty"),
        (rows("Doubt", range(2)), 3, "list-cut-off"),
        (HEADER + "SL-E,,Clinic,Doubt-0\n", 1, "list-refused"),
        (rows("Doubt", range(2)) + "SL-E,Doubt, 2,Clinic,Doubt-2\n", 3, "list-unreadable"),
        (rows("Other", range(2)), 2, "list-unrelated"),
    ]
    for text, lines, code in doubtful:
        refused = await send(client, text, lines, 422)
        assert (refused["code"], [each["code"] for each in refused["errors"]]) == ("list-incomplete", [code])
    assert (await send(client, "Matricule,Nom de famille\n1,2\n", 1, 422, mapping="{}"))[
        "code"
    ] == "column-missing"
    assert await closed(client, "Doubt") == {}


async def test_many_facilities_wait_and_one_that_comes_into_use_meanwhile_stays_open(registry, token):
    client = await source_client(registry, token, "mfl-many", units=("SL-E",))
    for number in range(22):
        made = await registry.post("/v1/units", json=unit(f"MANY-{number}", name=f"Many {number}"))
        assert made.status == 201
    lines = [
        {"code": f"MANY-{n}", "name": f"Many {n}", "region": "SL-E", "external_id": f"many-{n}"}
        for n in range(22)
    ]
    assert (await full(client, lines, "facilities")).json["updated"] == 22
    report = (await full(client, lines[21:], "facilities")).json
    assert (report["absent_count"], report["deactivated"]) == (21, 0)
    at = f"/v1/imports/{report['import_id']}"
    second = registry.using(token("programme-manager", units=("SL-E",), subject="mfl-second"))
    assert {each["unit_code"] for each in (await second.get(f"{at}/absent?limit=200")).json["items"]} == {
        f"MANY-{n}" for n in range(21)
    }
    digest = {"digest": (await second.get(at)).json["absent_digest"]}
    _, post_id = await hired(registry, "MANY-3")
    assert (await second.post(f"{at}/approve", json=digest)).code == "absence-differs"
    assert (
        await registry.post(f"/v1/posts/{post_id}/end", json={"withdrawn": True}, if_match="*")
    ).status == 200
    assert (await second.post(f"{at}/approve", json=digest)).json["absence"] == "approved"
    assert len(await closed(registry, "Many")) == 21


@pytest.mark.parametrize("form", ["lines", "csv"])
async def test_a_facility_whose_line_is_rejected_is_named_all_the_same(registry, token, form):
    """Nobody is asked to approve the closing of what the list has: its line has a fault, no more."""
    name = f"mfl-named-{form}"
    client = await source_client(registry, token, name, units=("SL-E",))
    known = [
        {"name": f"{name} {n}", "region": "SL-E", "type": "Clinic", "external_id": f"{name}-{n}"}
        for n in range(5)
    ]
    assert (await full(client, known, "facilities", system=name)).json["created"] == 5
    codes = {each["name"]: code for code, each in (await facilities(client)).items()}
    wrong = [
        known[1] | {"latitude": 800.0, "longitude": 1.0, "code": "a\x00b"},
        known[2] | {"region": "SL-N"},
        known[3] | {"code": "a code with blanks that is much too long for one" * 4},
    ]
    sent = [known[0], *wrong]
    if form == "lines":
        report = (await full(client, sent, "facilities", system=name)).json
    else:
        fields = ("name", "region", "type", "external_id", "code", "latitude", "longitude")
        cells = [[str(line.get(field, "")) for field in fields] for line in sent]
        text = "".join(",".join(each) + "\n" for each in [fields, *cells])
        mapping = '{"external_id": "external_id"}'
        report = await send(client, text, 4, mapping=mapping, system=name)
    assert (report["rejected_count"], report["absent_count"], report["deactivated"]) == (3, 1, 0)
    absent = (await client.get(f"/v1/imports/{report['import_id']}/absent")).json["items"]
    assert [each["unit_code"] for each in absent] == [codes[f"{name} 4"]]
