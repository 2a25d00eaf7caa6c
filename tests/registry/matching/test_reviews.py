"""Pairs that may be one person: found, shown to who keeps both, decided once."""

import asyncio
import re
from uuid import UUID

import asyncpg

from services.registry.matching import queries
from services.registry.matching.commands.candidates import compare_later
from tests.registry.builders import hired, made, person, post, unit
from tests.registry.imports.test_people import load
from tests.servers import wait_for

AT = "/v1/match-reviews"


def known_as(family: str, given: str, **values):
    return person(family_name=family, given_name=given, birth_year=1971, cadre="Nurse", **values)


async def reviews(client, *people: str, state: str = "open"):
    """Pairs of exactly these people, on whatever page."""
    params, items = {"state": state, "limit": "200"}, []
    while params:
        page = (await client.get(AT, params=params)).json
        items += page["items"]
        params = page["next"] and {**params, "cursor": page["next"]}
    return [one for one in items if {one["first"]["person_id"], one["second"]["person_id"]} == set(people)]


async def found(client, *people: str):
    """The open pair of two people, once they were compared."""

    async def one():
        return (await reviews(client, *people) or [None])[0]

    return await wait_for(one, 30)  # comparing eighty people took 5 s on a busy machine


async def test_who_is_recorded_twice_waits_for_a_reviewer_with_both_side_by_side(registry):
    first, _ = await hired(registry, "E1A", known_as("Conteh", "Ibrahim"))
    await load(registry, known_as("Ibrahim", "Contehh", external_id="twice-conteh"))
    (again,) = (await registry.get("/v1/people?external_id=twice-conteh")).json["items"]
    pair = await found(registry, first, again["person_id"])
    assert [part["field"] for part in pair["fields"]] == ["name", "birth_year", "sex", "cadre"]
    assert pair["score"] >= 90
    shown = {
        side["person_id"]: (side["family_name"], side["units"]) for side in (pair["first"], pair["second"])
    }
    assert shown == {first: ("Conteh", ["E1A"]), again["person_id"]: ("Ibrahim", [])}
    assert (await registry.get(f"{AT}/{pair['review_id']}")).json["score"] == pair["score"]


async def test_a_pair_is_for_who_keeps_both(registry, token):
    east, _ = await hired(registry, "E1A", known_as("Jalloh", "Mariama"))
    north, _ = await hired(registry, "SL-N", known_as("Jalloh", "Mariama"))
    pair = await found(registry, east, north)
    for units in (("SL-E",), ("SL-N",)):
        one_side = registry.using(token("hris", units=units, subject="hris-of-one-side"))
        assert await reviews(one_side, east, north) == []
        for answer in (
            await one_side.get(f"{AT}/{pair['review_id']}"),
            await one_side.post(f"{AT}/{pair['review_id']}/decide", json={"decision": "same"}),
        ):
            assert (answer.status, answer.code) == (404, "match-unknown")
    both = registry.using(token("hris", units=("SL-E", "SL-N"), subject="hris-of-both"))
    assert await found(both, east, north)  # once both have posts
    assert (await registry.using(token("programme-manager", units=("SL",))).get(AT)).code == "role-missing"


async def test_a_pair_across_two_units_does_not_tell_of_a_third(registry, token):
    """Many in the west have the name: who keeps all is shown no pair by it, who keeps the rest the same."""
    await made(registry, "/v1/units", unit("SL-W", level="region", parent="SL", type="Region"))
    crowd = [known_as("Sankoh", "Umaru", external_id=f"west-{number}") for number in range(40)]
    await load(registry, *crowd)
    posts = [post("", "SL-W", external_id=f"west-{number}") for number in range(40)]
    for place in posts:
        del place["person_id"]
        place["person_external_id"] = place["external_id"]
    await load(registry, *posts, kind="posts")
    east, _ = await hired(registry, "E1A", known_as("Sankoh", "Umaru"))
    north, _ = await hired(registry, "SL-N", known_as("Sankoh", "Umaru"))
    # A unit inside another one changes nothing, nor does their order.
    both = registry.using(token("hris", units=("SL-N", "SL-E", "SL-E-1"), subject="hris-of-both"))
    pair = await found(both, east, north)
    assert (await both.get(f"{AT}/{pair['review_id']}")).status == 200
    west_too = registry.using(token("hris", units=("SL-E", "SL-N", "SL-W"), subject="hris-of-three"))
    east_and_west = registry.using(token("hris", units=("SL-E", "SL-W"), subject="hris-of-others"))
    for other in (
        west_too,
        east_and_west,
        registry.using(token("hris", units=("SL-E",), subject="hris-of-one")),
    ):
        assert (await other.get(f"{AT}/{pair['review_id']}")).code == "match-unknown"


async def test_a_pair_that_does_not_say_where_it_was_found_is_compared_again(
    registry, token, service_database
):
    first, _ = await hired(registry, "E1A", known_as("Tholley", "Isatu"))
    second, _ = await hired(registry, "E1A", known_as("Tholley", "Isatu"))
    pair = await found(registry, first, second)
    connection = await asyncpg.connect(service_database("registry"))
    try:
        await connection.execute(
            "update match_review set met_in = null, scopes = null where review_id = $1",
            UUID(pair["review_id"]),
        )
    finally:
        await connection.close()
    here = registry.using(token("hris", units=("E1A",), subject="hris-of-e1a"))
    assert await found(here, first, second)


async def test_not_the_same_holds_until_what_identifies_one_changes(registry):
    first = (await made(registry, "/v1/people", known_as("Turay", "Hawa")))["person_id"]
    second = (await made(registry, "/v1/people", known_as("Turay", "Hawa")))["person_id"]
    pair = await found(registry, first, second)
    decided = await registry.post(f"{AT}/{pair['review_id']}/decide", json={"decision": "not-same"})
    assert (decided.json["state"], decided.json["version"]) == ("not-same", 2)
    await registry.patch(f"/v1/people/{first}", json={"phone": "076 123 456"}, if_match="*")
    await found(registry, first, second)
    again = (await reviews(registry, first, second))[0]
    assert (again["review_id"], again["version"]) == (pair["review_id"], 3)
    await registry.post(f"{AT}/{pair['review_id']}/decide", json={"decision": "not-same"})
    third = (await made(registry, "/v1/people", known_as("Turay", "Hawa")))["person_id"]
    await found(registry, second, third)
    assert await reviews(registry, first, second) == [], "compared again with the third, and still decided"
    await registry.patch(f"/v1/people/{third}", json={"birth_year": 1999}, if_match="*")

    async def gone():
        return not await reviews(registry, second, third)

    await wait_for(gone)


async def test_of_two_decisions_at_once_one_counts(registry):
    first = (await made(registry, "/v1/people", known_as("Mansaray", "Foday")))["person_id"]
    second = (await made(registry, "/v1/people", known_as("Mansaray", "Foday")))["person_id"]
    pair = await found(registry, first, second)
    at = f"{AT}/{pair['review_id']}/decide"
    answers = await asyncio.gather(
        *(registry.post(at, json={"decision": decision}) for decision in ("same", "not-same") * 3)
    )
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409, 409, 409]
    assert {answer.code for answer in answers if answer.status == 409} == {"match-decided"}
    (won,) = [answer.json["state"] for answer in answers if answer.status == 200]
    assert len(await reviews(registry, first, second, state=won)) == 1
    queries._WAITING.set(-1)  # as at a replica that does not compare
    queries._OLDEST.set(-1)
    metrics = (await registry.get("/metrics")).body.decode()
    for name in ("steward_match_reviews_waiting", "steward_match_review_age_seconds"):
        (value,) = re.findall(rf"^{name} (\S+)$", metrics, re.MULTILINE)
        assert float(value) >= 0


async def test_a_name_that_many_share_brings_no_pairs(registry):
    """The work for each person is bounded; what tells them apart is in other keys."""
    await load(
        registry, *[person(family_name="Common", given_name="Name", birth_year=1960) for _ in range(80)]
    )
    first = (await made(registry, "/v1/people", known_as("Rarely", "Met")))["person_id"]
    second = (await made(registry, "/v1/people", known_as("Rarely", "Met")))["person_id"]
    await found(registry, first, second)
    items = (await registry.get(AT, params={"limit": "200"})).json["items"]
    assert [one for one in items if one["first"]["family_name"] == "Common"] == []


async def test_how_many_are_alike_elsewhere_changes_nothing_of_what_is_found_in_a_unit(registry, token):
    """Thirty people with one telephone showed by their pairs whether somebody out of sight has it too."""
    shared = {"phone": "076 777 001", "given_name": None}
    await hired(registry, "SL-N", person(family_name="Hidden", birth_year=1950) | shared)
    letters = "abcdefghijklmnopqrstuvwxyz0123"  # alike, and by the telephone alone with a key in common
    mine = [
        (await hired(registry, "E1A", person(family_name=f"{each}robesonwell", **shared)))[0]
        for each in letters
    ]
    east = registry.using(token("hris", units=("SL-E",), subject="counts-alike"))
    assert await found(east, mine[0], mine[-1])
    unplaced = person(family_name="arobesonwell", **shared | {"phone": "076 777 002"})
    other = (await made(registry, "/v1/people", unplaced))["person_id"]
    assert await found(registry, mine[0], other)
    assert await reviews(east, mine[0], other) == [], "met everywhere alone, among people out of sight too"


class Due:
    """A connection that remembers which spans of ids were noted."""

    def __init__(self) -> None:
        self.spans: list[tuple[str, str]] = []

    async def execute(self, _: str, first: list[str], last: list[str]) -> None:
        self.spans += zip(first, last, strict=True)


async def test_many_changes_bring_those_alone_to_be_compared():
    """Not all people between the first and the last of them: one region's load is not the whole country's work."""
    changed, due = [str(UUID(int=1000 * number)) for number in range(1, 300)], Due()
    await compare_later(due, changed)
    assert due.spans == [(each, each) for each in changed]
    due.spans.clear()
    await compare_later(due, changed, between=True)
    assert due.spans == [(changed[0], changed[-1])]
