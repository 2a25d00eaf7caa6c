"""Org units over HTTP: the tree, its dates, its end states, and what is refused."""

import json

import asyncpg
import pytest

from shared import clock as domain_clock
from tests.registry.builders import hired, made, unit
from tests.servers import wait_for


async def test_a_unit_is_created_described_and_versioned(registry):
    created = await registry.post(
        "/v1/units", json=unit("U1", type="Refferal Hospital", latitude=8.1, longitude=-11.2)
    )
    assert created.status == 201
    assert created.headers["ETag"] == '"1"'
    assert created.headers["Location"] == "/v1/units/U1"
    assert created.json["type"] == "Refferal Hospital"
    assert created.json["path"] == ["SL", "SL-E", "U1"]
    changed = await registry.patch("/v1/units/U1", json={"rural": True}, if_match='"1"')
    assert changed.json["version"] == 2
    same = await registry.patch("/v1/units/U1", json={"rural": True}, if_match='"2"')
    assert same.json["version"] == 2
    versions = await registry.get("/v1/units/U1/versions")
    assert [(each["version"], each["rural"]) for each in versions.json["items"]] == [(1, None), (2, True)]


async def test_changes_name_the_version_they_were_made_from(registry):
    await made(registry, "/v1/units", unit("U2"))
    missing = await registry.patch("/v1/units/U2", json={"name": "x"})
    assert (missing.status, missing.code) == (428, "if-match-required")
    stale = await registry.patch("/v1/units/U2", json={"name": "x"}, if_match='"7"')
    assert (stale.status, stale.code) == (412, "stale-etag")
    moved = await registry.post("/v1/units/U2/move", json={"parent": "SL-N"}, if_match='"7"')
    assert moved.status == 412


async def test_a_move_takes_everything_below_along_and_keeps_history(registry):
    await made(registry, "/v1/units", unit("D9", level="district", parent="SL-E"))
    await made(registry, "/v1/units", unit("D9F", parent="D9"))
    await made(registry, "/v1/units/D9/move", {"parent": "SL-N", "on": "2024-07-01"})
    below = (await registry.get("/v1/units/D9F")).json
    assert below["path"] == ["SL", "SL-N", "D9", "D9F"]
    moved = (await registry.get("/v1/units/D9")).json
    assert moved["placements"] == [
        {"valid_from": "2020-01-01", "parent": "SL-E"},
        {"valid_from": "2024-07-01", "parent": "SL-N"},
    ]
    backdated = await made(registry, "/v1/units/D9/move", {"parent": "SL-E", "on": "2022-01-01"})
    assert backdated["parent"] == "SL-N"


async def test_a_move_to_come_becomes_effective_on_its_day(registry, clock):
    await made(registry, "/v1/units", unit("F-LATER"))
    on = domain_clock.today().replace(year=domain_clock.today().year + 1)
    waiting = await made(registry, "/v1/units/F-LATER/move", {"parent": "SL-N", "on": str(on)})
    assert (waiting["parent"], waiting["version"]) == ("SL-E", 2)
    clock.forward(days=370)

    async def moved():
        return (await registry.get("/v1/units/F-LATER")).json["parent"] == "SL-N"

    await wait_for(moved)
    assert (await registry.get("/v1/units/F-LATER")).json["version"] == 3


@pytest.mark.parametrize(
    ("code", "body", "status", "problem"),
    [
        ("SL", {"parent": "SL-E"}, 409, "root-moving"),
        ("SL-E", {"parent": "SL-E-1"}, 409, "unit-cycle"),
        ("SL-E", {"parent": "SL-E"}, 409, "unit-cycle"),
        ("SL-E-1", {"parent": "E1A"}, 409, "unit-cycle"),
        ("SL-N", {"parent": "E1A"}, 409, "level-order"),
        ("E1A", {"parent": "NOWHERE"}, 422, "unit-unknown"),
        ("E1A", {"parent": "SL-N", "on": "2019-12-31"}, 422, "before-opening"),
        ("E1A", {"parent": "SL-N", "on": "soon"}, 422, "input-invalid"),
        ("NOWHERE", {"parent": "SL-N"}, 404, "unit-unknown"),
    ],
)
async def test_impossible_moves_are_refused(registry, code, body, status, problem):
    answer = await registry.post(f"/v1/units/{code}/move", json=body)
    assert (answer.status, answer.code) == (status, problem)


async def test_two_moves_to_come_cannot_make_a_cycle_together(registry):
    await made(registry, "/v1/units", unit("P1"))
    await made(registry, "/v1/units", unit("P2"))
    await made(registry, "/v1/units/P1/move", {"parent": "P2", "on": "2031-01-01"})
    answer = await registry.post("/v1/units/P2/move", json={"parent": "P1", "on": "2030-01-01"})
    assert (answer.status, answer.code) == (409, "unit-cycle")


async def test_closing_needs_successors_for_what_is_left(registry):
    await made(registry, "/v1/units", unit("C1", level="district"))
    await made(registry, "/v1/units", unit("C2", level="district"))
    await made(registry, "/v1/units", unit("C1F", parent="C1"))
    person, post = await hired(registry, "C1", external_id="post-c1")
    refused = await registry.post("/v1/units/C1/close", json={"on": "2026-01-01"})
    assert (refused.status, refused.code) == (409, "unit-has-children")
    closed = await made(registry, "/v1/units/C1/close", {"on": "2026-01-01", "successors": ["C2"]})
    assert (closed["closed_on"], closed["successors"]) == ("2026-01-01", ["C2"])
    assert (await registry.get("/v1/units/C1F")).json["path"] == ["SL", "SL-E", "C2", "C1F"]
    posts = (await registry.get(f"/v1/people/{person}")).json["posts"]
    assert [(each["unit_code"], each["valid_from"], each["valid_to"]) for each in posts] == [
        ("C1", "2025-01-01", "2025-12-31"),
        ("C2", "2026-01-01", None),
    ]
    assert posts[0]["post_id"] == post
    assert [each["external_id"] for each in posts] == [None, "post-c1"]
    again = await registry.post("/v1/units/C1/close", json={"on": "2026-01-01"})
    assert (again.status, again.code) == (409, "unit-closed")


async def test_open_posts_hold_a_unit_open(registry):
    await made(registry, "/v1/units", unit("C3"))
    await hired(registry, "C3")
    refused = await registry.post("/v1/units/C3/close", json={"on": "2026-01-01"})
    assert (refused.status, refused.code) == (409, "unit-has-posts")
    assert (await registry.get("/v1/units/C3")).json["closed_on"] is None


async def test_a_split_hands_over_as_chosen(registry):
    await made(registry, "/v1/units", unit("S1", level="district"))
    for facility in ("S1A", "S1B"):
        await made(registry, "/v1/units", unit(facility, parent="S1"))
    into = [{"unit_code": code, "name": code, "type": "District"} for code in ("S2", "S3")]
    body = {"on": "2026-02-01", "into": into, "children": {"S1B": "S3"}}
    assert await made(registry, "/v1/units/S1/split", body) == {"closed": ["S1"], "successors": ["S2", "S3"]}
    assert (await registry.get("/v1/units/S1A")).json["parent"] == "S2"
    assert (await registry.get("/v1/units/S1B")).json["parent"] == "S3"
    assert (await registry.get("/v1/units/S3")).json["open_from"] == "2026-02-01"


async def test_a_merge_closes_units_and_their_reports_follow(registry):
    for code in ("M1", "M2", "M3"):
        await made(registry, "/v1/units", unit(code))
    _, manager_post = await hired(registry, "M1")
    report, _ = await hired(registry, "M2", manager_post_id=manager_post)
    body = {"units": ["M1", "M2"], "into": "M3", "on": "2026-03-01"}
    assert (await made(registry, "/v1/unit-merges", body))["successors"] == ["M3"]
    follows = (await registry.get("/v1/posts?unit=M3")).json["items"]
    assert {each["unit_code"] for each in follows} == {"M3"}
    posts = (await registry.get(f"/v1/people/{report}")).json["posts"]
    assert posts[1]["manager_post_id"] in {each["post_id"] for each in follows} - {posts[1]["post_id"]}


@pytest.mark.parametrize(
    ("body", "status", "problem"),
    [
        (unit("SL-E"), 409, "unit-exists"),
        (unit("R2", parent=None, level="country"), 403, "unit-out-of-scope"),
        (unit("SL2", parent="E1A", level="district"), 409, "level-order"),
        (unit("X1", parent="NOWHERE"), 422, "unit-unknown"),
        (unit("bad code"), 422, "input-invalid"),
        (unit("X2", level="galaxy"), 422, "input-invalid"),
        (unit("X3", name="nul\x00"), 422, "input-invalid"),
        (unit("X4", latitude=91, longitude=0), 422, "input-invalid"),
        (unit("X5", surprise=1), 422, "input-invalid"),
        ([], 422, "input-invalid"),
    ],
)
async def test_wrong_units_are_refused_and_not_stored(registry, body, status, problem):
    before = len((await registry.get("/v1/units?limit=200")).json["items"])
    answer = await registry.post("/v1/units", json=body)
    assert (answer.status, answer.code) == (status, problem)
    assert len((await registry.get("/v1/units?limit=200")).json["items"]) == before


async def test_a_second_root_is_refused(registry, token):
    outside = registry.using(token("hris", units=("SL", "R2")))
    answer = await outside.post("/v1/units", json=unit("R2", parent=None, level="country"))
    assert (answer.status, answer.code) == (409, "root-exists")
    closing = await registry.post("/v1/units/SL/close", json={})
    assert (closing.status, closing.code) == (409, "root-closing")


async def test_units_are_filtered_and_paged(registry):
    assert [each["unit_code"] for each in (await registry.get("/v1/units?parent=SL-E-1")).json["items"]] == [
        "E1A",
        "E1B",
    ]
    seen, cursor = [], None
    while True:
        page = (
            await registry.get("/v1/units", params={"limit": "7"} | ({"cursor": cursor} if cursor else {}))
        ).json
        seen += [each["unit_code"] for each in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == sorted(set(seen))
    assert len(seen) > 7
    open_once = (await registry.get("/v1/units?open_on=2019-01-01")).json["items"]
    assert open_once == []
    for nonsense in ("cursor=%00", "limit=0", "level=x", "under=%00", "open_on=never", "type=%00"):
        assert (await registry.get(f"/v1/units?{nonsense}")).status == 422


async def test_units_are_found_by_a_part_of_their_name_inside_ones_own(registry, token):
    for code, name, parent in (("BN-1", "Hôpital Été_100%", "SL-E"), ("BN-2", "hopital etendu", "SL-N")):
        await made(registry, "/v1/units", unit(code, name=name, parent=parent))

    async def found(client, **params):
        return [each["unit_code"] for each in (await client.get("/v1/units", params=params)).json["items"]]

    assert await found(registry, name="HOPITAL ÉTE") == ["BN-1", "BN-2"]
    assert await found(registry, name="_100%") == ["BN-1"]
    assert await found(registry, name="hôpital", under="SL-N") == ["BN-2"]
    assert await found(registry.using(token("hris", units=("SL-N",))), name="hopital") == ["BN-2"]
    assert (await registry.get("/v1/units", params={"name": "a\x00"})).status == 422


async def test_another_regions_hris_may_not_write_here(registry, token):
    north = registry.using(token("hris", units=("SL-N",)))
    assert (await north.post("/v1/units", json=unit("N1", parent="SL-E"))).code == "unit-out-of-scope"
    assert (await north.patch("/v1/units/E1A", json={"name": "x"}, if_match='"1"')).status == 403
    assert (await north.post("/v1/units/E1A/move", json={"parent": "SL-N"})).status == 403
    assert (await north.post("/v1/units/E1A/close", json={})).status == 403
    for role in ("programme-manager", "leader", "ops"):
        other = registry.using(token(role, units=("SL",)))
        assert (await other.post("/v1/units", json=unit())).code == "role-missing"
    assert (await registry.using(None).get("/v1/units")).status == 401


async def test_every_change_of_a_unit_is_in_the_outbox(registry, service_database):
    """With its name, as in the public list, and nothing of who recorded it."""
    await made(registry, "/v1/units", unit("OB1", name="Named Clinic"))
    connection = await asyncpg.connect(service_database("registry"))
    try:
        payloads = [
            row[0]
            for row in await connection.fetch("select payload from outbox where aggregate_id = 'units'")
        ]
    finally:
        await connection.close()
    (state,) = [
        item
        for payload in payloads
        for item in json.loads(payload)["data"]["items"]
        if item["unit_code"] == "OB1"
    ]
    assert state["name"] == "Named Clinic"
    assert state.keys() == {
        "unit_code", "version", "level", "type", "open_from", "ownership", "rural", "parent", "closed_on",
        "successors", "name",
    }  # fmt: skip
