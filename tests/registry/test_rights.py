"""Who may what in registry: every operation, pair of roles, scope and relation; and what insiders tried."""

import json
from typing import Any

import pytest
import pytest_asyncio

from tests.conftest import PEPPER
from tests.registry.asks import NDJSON, World, asks
from tests.registry.builders import hired, person, plant, post, source_client
from tests.registry.imports.asks import plant_import
from tests.registry.matching.asks import plant_pair
from tests.registry.region_transfers.asks import plant_transfers
from tests.rights_matrix import (
    Place,
    as_hub,
    crossed,
    documented,
    unaudited,
)
from tests.served import Client, application

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow(90)]

PLACE = Place(self="own", manager="boss", peer="peer", inside="SL-E", elsewhere="SL-N", country="SL")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(settings, serve, token, issuer) -> World:
    app = as_hub(application(settings("registry")))
    root = (await serve(app)).using(token("hris", units=("SL",)))
    await plant(root)

    def signs_in(name: str) -> dict[str, Any]:
        return {"subjects": [{"iss": issuer.name, "sub": name}], "phone": "+232 76 000 000"}

    _, led = await hired(root, "SL-E-1", signs_in("boss"), role_code="district-health-officer")
    own, held = await hired(root, "E1A", signs_in("own"), manager_post_id=led)
    peer, _ = await hired(root, "E1A", signs_in("peer"), manager_post_id=led)
    await plant_pair(app, own, peer)
    await plant_import(app, own)
    await plant_transfers(app, peer)
    return World(app, root, own, held, led)


@pytest.mark.timeout(400)  # some thousand requests
async def test_everybody_may_what_the_table_says_and_no_more(world, token):
    every = asks(world)
    assert every.keys() == documented(world.app.openapi())
    before = (await world.root.get(f"/v1/people/{world.own}")).json
    assert await crossed(world.app, token, PLACE, every) == []
    assert (await world.root.get(f"/v1/people/{world.own}")).json == before


async def test_every_read_of_a_person_is_audited(world, token):
    callers = [token("hris", units=("SL",)), token("leader", subject="own")]
    every = asks(world)
    every.pop("GET /v1/imports/{import_id}/absent")  # of nobody: the import of the matrix was no full list
    every.pop("GET /v1/arrivals")  # of nobody: who came is nobody here before they are accepted
    every.pop("GET /v1/erasures")  # of nobody: nobody was asked to be erased
    assert await unaudited(world.app, every, callers, world.own, PEPPER) == set()


async def test_a_token_valid_for_no_unit_creates_nobody(world, token):
    for units in ((), ("NOWHERE",)):
        client = world.root.using(token("hris", units=units, subject="nowhere"))
        refused = await client.post("/v1/people", json=person())
        assert (refused.status, refused.code) == (403, "unit-out-of-scope")
        assert (await client.post("/v1/imports/people", **NDJSON)).code == "unit-out-of-scope"
        assert (await client.get("/v1/people")).json["items"] == []


@pytest.mark.parametrize(
    ("roles", "units", "code"),
    [
        (("leader",), ("SL-E",), "role-missing"),
        (("hris",), (), "person-unknown"),
        (("hris",), ("SL-N",), "person-unknown"),
    ],
)
async def test_a_stored_answer_is_given_to_who_may_still_have_it(world, token, roles, units, code):
    """The key of a change, repeated after the sign-in lost the role or the units, told phone and mail."""
    whose = world.root.using(token("hris", units=("SL-E",), subject=f"moved-{code}"))
    at, body, key = f"/v1/people/{world.own}", {"email": f"{code}{len(units)}@example.org"}, f"k-{units}"
    version = (await whose.get(at)).headers["ETag"]
    first = await whose.patch(at, json=body, if_match=version, key=key)
    assert first.status == 200
    again = await whose.patch(at, json=body, if_match=version, key=key)
    assert (again.status, again.body) == (200, first.body)
    now = token(*roles, units=units, subject=f"moved-{code}")
    refused = await whose.patch(at, json=body, if_match=version, key=key, token=now)
    assert refused.code == code
    assert b"example.org" not in refused.body


async def test_a_stored_answer_about_somebody_who_moved_away_is_not_given(world, token):
    east = await source_client(world.root, token, "east", units=("SL-E",))
    body = person(phone="+232 76 111 111")
    assert (made := await east.post("/v1/people", json=body, key="new")).status == 201
    assert (await world.root.post("/v1/posts", json=post(made.json["person_id"], "SL-N"))).status == 201
    refused = await east.post("/v1/people", json=body, key="new")
    assert (refused.status, refused.code) == (404, "person-unknown")
    assert b"76 111 111" not in refused.body


async def lines(client: Client, *posts: dict[str, Any]) -> list[tuple[str, str]]:
    """(code, pointer) of each rejected line of a load of posts."""
    data = "\n".join(json.dumps(each) for each in posts).encode()
    answer = await client.post("/v1/imports/posts", **{**NDJSON, "data": data})
    assert answer.status == 200, answer.json
    return [(each["code"], each["pointer"]) for each in answer.json["rejected"]]


def line(person_id: str, **values: Any) -> dict[str, Any]:
    known = {"external_id": f"p-{person_id[-6:]}", "person_id": person_id, "unit_code": "SL-N"}
    return known | {"role_code": "facility-manager", "valid_from": "2025-01-01"} | values


async def test_a_load_of_posts_tells_nothing_of_people_elsewhere(world, token):
    """Somebody in another region is answered like nobody, whatever else is wrong with the line."""
    north = await source_client(world.root, token, "north", units=("SL-N",))
    left, _ = await hired(world.root, "E1A")
    assert (await world.root.delete(f"/v1/people/{left}?on=2026-01-01", if_match="*")).status == 200
    nobody = "0192f0c1-2f6e-7a51-9c44-5d2b8f0e1a10"
    wrongs = ({}, {"role_code": "nothing"}, {"unit_code": "NOWHERE"}, {"unit_code": "E1A"}, {"primary": True})
    for wrong in (*wrongs, {"manager_post_id": world.led}):
        found = {about: await lines(north, line(about, **wrong)) for about in (world.own, left, nobody)}
        assert found[world.own] == found[left] == found[nobody] == [("person-unknown", "/person_id")]


async def test_a_manager_elsewhere_is_answered_like_none(world, token):
    """Whoever names a post of another region as manager would make its holder a rater."""
    north = await source_client(world.root, token, "north", units=("SL-N",))
    someone, held = await hired(north, "SL-N")
    nobody = "0192f0c1-2f6e-7a51-9c44-5d2b8f0e1a10"
    at = f"/v1/posts/{held}"
    for door in (
        lambda manager: north.post("/v1/posts", json=post(someone, "SL-N", manager_post_id=manager)),
        lambda manager: north.patch(at, json={"manager_post_id": manager}, if_match='"1"'),
    ):
        there, none = await door(world.led), await door(nobody)
        assert (there.status, there.code) == (none.status, none.code) == (422, "manager-unknown")
        assert there.json["errors"] == none.json["errors"]
    for manager in (world.led, nobody):
        bad = line(someone, external_id="n-1", manager_post_id=manager)
        assert await lines(north, bad) == [("manager-unknown", "/manager_post_id")]
    raised = await world.root.patch(at, json={"manager_post_id": world.led}, if_match='"1"')
    kept = await north.patch(
        at, json={"valid_to": "2199-01-01", "manager_post_id": world.led}, if_match='"2"'
    )
    assert (raised.status, kept.status) == (200, 200)  # what others have set stays


async def test_versions_of_a_post_are_refused_before_they_are_looked_for(world, token):
    for roles, code in ((("ops",), "role-missing"), (("leader",), "post-unknown")):
        client = world.root.using(token(*roles, units=("SL",), subject="nobody-known"))
        for post_id in (world.held, "0192f0c1-2f6e-7a51-9c44-5d2b8f0e1a10"):
            assert (await client.get(f"/v1/posts/{post_id}/versions")).code == code


async def test_a_sign_in_of_somebody_elsewhere_is_answered_like_a_free_one(world, token, issuer):
    """Trying sign-ins told who is recorded in another region; whoever has it keeps it."""
    north = await source_client(world.root, token, "north-2", units=("SL-N",))
    own, free = ({"iss": issuer.name, "sub": sub} for sub in ("own", "nobody-has-this"))
    made = [await north.post("/v1/people", json=person(subjects=[each])) for each in (own, free)]
    assert [(each.status, each.json["subjects"]) for each in made] == [(201, [own]), (201, [free])]
    for answer, each in zip(made, (own, free), strict=True):
        at = f"/v1/people/{answer.json['person_id']}"
        same_again = await north.patch(at, json={"subjects": [each]}, if_match='"1"')
        changed = await north.patch(at, json={"subjects": []}, if_match='"1"')
        back = await north.patch(at, json={"subjects": [each]}, if_match='"2"')
        assert [(found.status, found.json["version"]) for found in (same_again, changed, back)] == [
            (200, 1), (200, 2), (200, 3)
        ]  # fmt: skip
    text = "\n".join(
        json.dumps({"external_id": f"n-{each['sub']}", "family_name": "Sesay", "subjects": [each]})
        for each in (own, {**free, "sub": "nobody-has-that"})
    )
    for _ in range(2):
        report = (await north.post("/v1/imports/people", **{**NDJSON, "data": text.encode()})).json
        assert report["rejected"] == []
    assert (report["created"], report["updated"], report["unchanged"]) == (0, 0, 2)
    me = (await world.root.using(token("leader", subject="own")).get("/v1/me")).json
    assert me["person"]["person_id"] == world.own
    east = await source_client(world.root, token, "east-2", units=("SL-E",))
    assert (await east.post("/v1/people", json=person(subjects=[own]))).code == "subject-taken"


async def test_nobody_unties_their_own_sign_in_to_pass_for_a_stranger(world, token, issuer):
    """A manager with HRIS's role read who had answered about the team, and entered answers; then tied it again."""
    own, other = ({"iss": issuer.name, "sub": sub} for sub in ("both", "both-at-home"))
    await source_client(world.root, token, "both")
    both = world.root.using(token("leader", "hris", units=("SL",), subject="both"))
    made = await both.post("/v1/people", json=person(external_id="both", subjects=[own]))
    at = f"/v1/people/{made.json['person_id']}"
    for subjects in ([], [other]):
        refused = await both.patch(at, json={"subjects": subjects}, if_match='"1"')
        assert (refused.status, refused.code) == (403, "own-sign-in")
        line = person(external_id="both", subjects=subjects)
        report = (await both.post("/v1/imports/people", **{**NDJSON, "data": json.dumps(line).encode()})).json
        assert [(each["code"], each["pointer"]) for each in report["rejected"]] == [
            ("own-sign-in", "/subjects")
        ]
    assert (await both.get("/v1/me")).json["person"]["person_id"] == made.json["person_id"]
    assert (await both.patch(at, json={"subjects": [own, other]}, if_match='"1"')).status == 200
    assert (await world.root.patch(at, json={"subjects": []}, if_match='"2"')).status == 200
