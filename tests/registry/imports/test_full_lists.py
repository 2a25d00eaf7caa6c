"""Full lists of people: who is not named is deactivated, up to a bound, beyond it by a second person."""

import asyncio

import pytest_asyncio

from tests.registry.builders import hired, person, source_client
from tests.registry.imports.full_lists import full, load, staffed

FEW, MANY = 3, 24


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def east(registry, token):
    """A source system whose client is valid for one region."""
    return await source_client(registry, token, "full-east", units=("SL-E",))


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def second(registry, token):
    """Somebody else, of the whole country."""
    return registry.using(token("programme-manager", units=("SL",), subject="second"))


async def active(client, lines):
    """How many of them have not left."""
    wanted = {line["external_id"] for line in lines}
    found, cursor = 0, None
    while True:
        params = {"limit": "200", "active": "true"} | ({"cursor": cursor} if cursor else {})
        page = (await client.get("/v1/people", params=params)).json
        found += sum(item["external_id"] in wanted for item in page["items"])
        if (cursor := page["next"]) is None:
            return found


async def test_a_few_who_are_not_named_leave_by_themselves(registry, token):
    client = await source_client(registry, token, "full-few", units=("SL-E",))
    lines = await staffed(client, "few", 5)
    rest = lines[FEW:]
    dry = await full(client, rest, dry_run="true")
    assert (dry.json["absent_count"], dry.json["deactivated"], await active(client, lines)) == (FEW, FEW, 5)
    done = await full(client, rest, digest=dry.json["digest"])
    assert (done.status, done.json["deactivated"]) == (200, FEW)
    assert await active(client, lines) == 5 - FEW
    again = (await full(client, rest)).json
    assert (again["absent_count"], again["deactivated"], again["unchanged"]) == (0, 0, 2)
    found = (await client.get(f"/v1/imports/{done.json['import_id']}")).json
    assert (found["absence"], found["full_list"], found["deactivated"]) == ("deactivated", True, FEW)


async def test_no_doubtful_list_deactivates_anybody(registry, token):
    client = await source_client(registry, token, "full-doubt", units=("SL-E",))
    lines = await staffed(client, "doubt", 5)
    doubtful = [
        ([], "0", "list-empty"),
        (lines[:4], "5", "list-cut-off"),
        ([*lines[:3], b'{"external_id": "doubt-'], "4", "list-unreadable"),
        ([{"id": line["external_id"]} for line in lines], "5", "list-unreadable"),
        ([{"external_id": "p-doubt-1", "unit_code": "E1A"}], "1", "list-refused"),
        ([person(external_id="of-another-list")], "1", "list-unrelated"),
    ]
    for some, count, code in doubtful:
        refused = await load(client, some, full="true", lines=count)
        assert (refused.status, refused.code) == (422, "list-incomplete"), code
        assert [each["code"] for each in refused.json["errors"]] == [code]
    assert (await load(client, lines, full="true")).code == "lines-required"
    assert await active(client, lines) == 5


async def test_many_wait_until_a_second_person_approves_exactly_these(registry, token, east, second):
    lines = await staffed(east, "many", MANY + 2)
    rest = lines[MANY:]
    report = (await full(east, rest)).json
    assert (report["absent_count"], report["deactivated"], report["unchanged"]) == (MANY, 0, 2)
    at = f"/v1/imports/{report['import_id']}"
    waiting = (await second.get(at)).json
    assert waiting["absence"] == "waiting"
    assert report["import_id"] in (await second.get("/v1/imports?absence=waiting")).body.decode()
    assert len((await second.get(f"{at}/absent?limit=200")).json["items"]) == MANY
    digest = {"digest": waiting["absent_digest"]}
    colleague = await source_client(registry, token, "full-east-2", "full-east")
    for client in (east, colleague):
        own = await client.post(f"{at}/approve", json=digest)
        assert (own.status, own.code) == (403, "import-own")
    north = registry.using(token("programme-manager", units=("SL-N",), subject="north-second"))
    for path in ("", "/absent"):
        assert (await north.get(f"{at}{path}")).code == "import-unknown"
    assert (await north.post(f"{at}/approve", json=digest)).code == "import-unknown"
    other = await second.post(f"{at}/approve", json={"digest": "0" * 64})
    assert (other.status, other.code) == (409, "absence-differs")
    assert await active(east, lines) == MANY + 2
    answers = await asyncio.gather(*(second.post(f"{at}/approve", json=digest) for _ in range(2)))
    assert sorted(answer.status for answer in answers) == [200, 404]
    assert await active(east, lines) == 2
    assert (await second.get(at)).json["absence"] == "approved"


async def test_of_a_dry_run_nobody_waits_for_a_decision(registry, token):
    client = await source_client(registry, token, "full-looked", units=("SL-E",))
    lines = await staffed(client, "looked", MANY + 2)
    report = (await full(client, lines[MANY:], dry_run="true")).json
    assert (report["absent_count"], report["deactivated"]) == (MANY, 0)
    at = f"/v1/imports/{report['import_id']}"
    assert (await client.get(at)).json["absence"] is None
    north = registry.using(token("programme-manager", units=("SL-N",), subject="north-looks"))
    assert (await north.get(at)).code == "import-unknown", "it is a region's own, like every import"
    assert report["import_id"] not in (await north.get("/v1/imports?limit=200")).body.decode()


async def test_nobody_approves_their_own_list_under_another_sign_in(registry, token, issuer):
    client = await source_client(registry, token, "full-one", units=("SL",))
    lines = await staffed(client, "one", MANY + 2)
    subjects = [{"iss": issuer.name, "sub": each} for each in ("full-one", "full-one-too")]
    await hired(registry, "E1A", {"subjects": subjects})
    at = f"/v1/imports/{(await full(client, lines[MANY:])).json['import_id']}"
    same = registry.using(token("programme-manager", units=("SL",), subject="full-one-too"))
    digest = {"digest": (await same.get(at)).json["absent_digest"]}
    own = await same.post(f"{at}/approve", json=digest)
    assert (own.status, own.code) == (403, "import-own")
    assert await active(client, lines) == MANY + 2


async def test_a_set_that_has_changed_is_not_approved(registry, token, second):
    client = await source_client(registry, token, "full-changed", units=("SL-E",))
    lines = await staffed(client, "changed", MANY)
    report = (await full(client, lines[:1])).json
    at = f"/v1/imports/{report['import_id']}"
    digest = {"digest": (await second.get(at)).json["absent_digest"]}
    (one,) = (await client.get(f"/v1/people?external_id={lines[5]['external_id']}")).json["items"]
    stored = f"/v1/people/{one['person_id']}"
    assert (await client.patch(stored, json={"cadre": "Midwife"}, if_match="*")).status == 200
    refused = await second.post(f"{at}/approve", json=digest)
    assert (refused.status, refused.code) == (409, "absence-differs")
    assert (await load(client, lines[7:8])).json["unchanged"] == 1
    assert (await client.get(at)).json["absence"] == "superseded", "a later list names one of them"
    assert (await second.post(f"{at}/approve", json=digest)).code == "import-unknown"
    assert await active(client, lines) == MANY


async def test_a_list_with_a_rejected_line_waits_too(registry, token):
    client = await source_client(registry, token, "full-rejected", units=("SL-E",))
    lines = await staffed(client, "rejected", 4)
    report = (await full(client, [lines[0], lines[1], {**lines[2], "sex": "often"}])).json
    assert (report["absent_count"], report["deactivated"], report["rejected_count"]) == (1, 0, 1)
    assert (await client.get(f"/v1/imports/{report['import_id']}")).json["absence"] == "waiting"
    newer = (await full(client, lines)).json
    assert newer["absent_count"] == 0
    assert (await client.get(f"/v1/imports/{report['import_id']}")).json["absence"] == "superseded"


async def test_a_list_of_a_region_leaves_people_elsewhere_alone(registry, token):
    """And those without a post, whom the client of another region may have sent."""
    whole = await source_client(registry, token, "full-whole", "full-shared")
    one_region = await source_client(registry, token, "full-region", "full-shared", units=("SL-E",))
    here, there = await staffed(whole, "here", 2), await staffed(whole, "there", 2, unit="SL-N")
    without = [person(external_id="no-post-yet")]
    assert (await load(whole, without)).json["created"] == 1
    report = (await full(one_region, here[:1])).json
    assert (report["absent_count"], report["deactivated"]) == (1, 1)
    assert await active(whole, [*here, *there, *without]) == 4


async def test_a_list_of_a_region_leaves_what_waits_of_another_one(registry, token):
    """Else one region's daily lists would keep the other's from ever being decided about."""
    east = await source_client(registry, token, "full-waits-east", "full-waits", units=("SL-E",))
    north = await source_client(registry, token, "full-waits-north", "full-waits", units=("SL-N",))
    lines, there = await staffed(east, "waits", MANY + 2), await staffed(north, "waits-n", 2, unit="SL-N")
    at = f"/v1/imports/{(await full(east, lines[MANY:])).json['import_id']}"
    assert (await full(north, there)).json["absent_count"] == 0
    assert (await east.get(at)).json["absence"] == "waiting"
    assert (await full(east, lines[MANY:])).json["absent_count"] == MANY
    assert (await east.get(at)).json["absence"] == "superseded", "by the region's own next list"


async def test_lists_of_a_week_deactivate_no_more_together_than_one_may(registry, token, clock):
    """Each list leaves out a few: from the bound on they wait, and a week later it begins again."""
    client = await source_client(registry, token, "full-daily", units=("SL-E",))
    lines = await staffed(client, "daily", 48)
    for left_out, gone in ((12, 12), (20, 8)):
        done = (await full(client, lines[left_out:])).json
        assert (done["absent_count"], done["deactivated"]) == (gone, gone)
    waits = (await full(client, lines[21:])).json
    assert (waits["absent_count"], waits["deactivated"]) == (1, 0), "20 have left this week"
    assert (await client.get(f"/v1/imports/{waits['import_id']}")).json["absence"] == "waiting"
    clock.forward(days=8)
    done = (await full(client, lines[21:])).json
    assert (done["absent_count"], done["deactivated"]) == (1, 1)
