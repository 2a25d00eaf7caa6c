"""A merge undone: both records have what was theirs, what was edited since stays and is listed."""

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.field_precedence.order import FIELDS
from services.registry.merged_people.surviving import Known, returned, surviving
from shared import clock
from tests.registry.builders import hired, made, post
from tests.registry.merged_people.asks import merge, unmerge

SHOWN = ("family_name", "phone", "email", "active", "deactivated_on", "leaving_reason", "subjects")


async def both(client, *people: str):
    """What the records say, and their posts."""
    found = [(await client.get(f"/v1/people/{each}")).json for each in people]
    return [
        (
            {name: one[name] for name in SHOWN},
            [{name: held[name] for name in held if name != "version"} for held in one["posts"]],
        )
        for one in found
    ]


async def test_a_merge_undone_at_once_leaves_both_as_they_were(registry, issuer):
    boss, held = await hired(
        registry,
        "E1A",
        {"subjects": [{"iss": issuer.name, "sub": "undone-one"}], "phone": None},
        primary=True,
    )
    second, _ = await hired(
        registry,
        "E1A",
        {"subjects": [{"iss": issuer.name, "sub": "undone-other"}], "phone": "076 9"},
        manager_post_id=held,
        primary=True,
    )
    third, _ = await hired(registry, "E1B", {"phone": "076 7"})
    await registry.delete(f"/v1/people/{third}?on=2026-01-31&reason=retired", if_match="*")
    before = await both(registry, boss, second, third)
    await merge(registry, boss, second)
    merged = await merge(registry, boss, third)
    assert merged.json["active"], "who has left by one record and works by the other works"
    assert len(merged.json["subjects"]) == 2
    assert [each["manager_post_id"] for each in merged.json["posts"]] == [None] * 3, (
        "nobody reports to themselves"
    )
    assert [each["primary"] for each in merged.json["posts"]].count(True) == 1
    for each in (third, second):
        parted = await unmerge(registry, boss, each)
        assert (parted.status, parted.json["conflicts"]) == (200, []), parted.json
    assert await both(registry, boss, second, third) == before
    again = await unmerge(registry, boss, second)
    assert (again.status, again.code) == (409, "merge-undone")
    assert (await unmerge(registry, boss, held)).code == "merge-unknown"


async def test_later_edits_stay_and_are_listed(registry):
    first, _ = await hired(registry, "E1A", {"phone": None, "cadre": "Nurse"})
    second, held = await hired(registry, "E1A", {"phone": "076 1", "cadre": "Midwife"})
    await merge(registry, first, second)
    await registry.patch(f"/v1/people/{first}", json={"phone": "076 2", "cadre": "Doctor"}, if_match="*")
    await registry.post(f"/v1/posts/{held}/end", json={"last_day": "2026-02-28"}, if_match="*")
    since = (await made(registry, "/v1/posts", post(first, "E1B")))["post_id"]
    parted = (await unmerge(registry, first, second)).json
    listed = {(each["record"], each["id"], each["field"]) for each in parted["conflicts"]}
    assert listed == {
        *(("person", first, field) for field in ("cadre", "phone")),
        ("post", held, "valid_to"),
        ("post", since, "recorded"),
    }
    assert (parted["person"]["phone"], parted["restored"]["phone"]) == ("076 2", "076 1")
    assert [each["post_id"] for each in parted["restored"]["posts"]] == [held]
    assert parted["restored"]["posts"][0]["valid_to"] == "2026-02-28"
    assert since in {each["post_id"] for each in parted["person"]["posts"]}


async def test_of_merges_one_into_another_the_last_is_undone_first(registry):
    one, _ = await hired(registry, "E1A")
    two, _ = await hired(registry, "E1A")
    three, held = await hired(registry, "E1A")
    await merge(registry, two, three)
    await merge(registry, one, two)
    assert (await registry.get(f"/v1/people/{three}")).headers["Location"] == f"/v1/people/{one}"
    assert (await unmerge(registry, two, three)).code == "person-merged"
    assert (await unmerge(registry, one, three)).code == "merge-unknown"
    assert (await unmerge(registry, one, two)).status == 200
    assert (await registry.get(f"/v1/people/{three}")).headers["Location"] == f"/v1/people/{two}"
    assert (await unmerge(registry, two, three)).status == 200
    assert [each["post_id"] for each in (await registry.get(f"/v1/people/{three}")).json["posts"]] == [held]


async def test_of_several_merges_into_one_the_last_is_undone_first(registry):
    """The later merge found what came by the earlier one: it would give it back to the survivor."""
    survivor, _ = await hired(registry, "E1A", {"phone": None})
    first, _ = await hired(registry, "E1A", {"phone": "076 1"})
    last, _ = await hired(registry, "E1A", {"phone": "076 2"})
    await merge(registry, survivor, first)
    await merge(registry, survivor, last, phone="merged")
    early = await unmerge(registry, survivor, first)
    assert (early.status, early.code) == (409, "merge-not-last")
    for each in (last, first):
        parted = (await unmerge(registry, survivor, each)).json
        assert parted["conflicts"] == []
    assert (parted["person"]["phone"], parted["restored"]["phone"]) == (None, "076 1")


async def test_a_merge_further_and_an_undo_at_once_wait_in_one_order(registry):
    """The undo takes the part and its record; the merge the record, and then the part, which moves along."""
    for _ in range(6):
        part, record, whole = [(await hired(registry, "E1A"))[0] for _ in range(3)]
        assert (await merge(registry, record, part)).status == 200
        further, undone = await asyncio.gather(
            merge(registry, whole, record), unmerge(registry, record, part)
        )
        assert further.status == 200, further.json
        if undone.status == 200:
            assert (await registry.get(f"/v1/people/{part}")).status == 200
        else:
            assert (undone.status, undone.code) == (410, "person-merged"), undone.json
            gone = await registry.get(f"/v1/people/{part}")
            assert gone.headers["Location"] == f"/v1/people/{whole}"


async def test_who_has_posts_since_does_not_get_a_leaving_back(registry):
    left, _ = await hired(registry, "E1A")
    other, held = await hired(registry, "E1A")
    soon = clock.today() + timedelta(days=30)
    for each, day in ((left, "2026-01-31"), (other, soon)):
        await registry.delete(f"/v1/people/{each}?on={day}&reason=retired", if_match="*")
    works, _ = await hired(registry, "E1B")
    await merge(registry, left, works)
    await merge(registry, left, other)
    since = (await made(registry, "/v1/posts", post(left, "E1B")))["post_id"]
    longer = {"valid_to": f"{soon + timedelta(days=30)}"}
    again = await registry.patch(f"/v1/posts/{held}", json=longer, if_match="*")
    assert again.status == 200, again.json
    for each, whose in ((other, {other}), (works, {left})):
        parted = (await unmerge(registry, left, each)).json
        listed = {one["id"] for one in parted["conflicts"] if one["field"] == "deactivated_on"}
        assert listed == whose, parted["conflicts"]
    for each in (left, other):
        found = (await registry.get(f"/v1/people/{each}")).json
        assert (found["active"], found["deactivated_on"], found["leaving_reason"]) == (True, None, None)
    assert since in {each["post_id"] for each in parted["person"]["posts"]}


@pytest.mark.parametrize(
    ("order", "choices", "phone"),
    [
        ([], {}, "own"),
        (["b"], {}, "theirs"),
        (["a", "b"], {}, "own"),
        (["c", "b"], {}, "theirs"),
        (["a"], {"phone": "merged"}, "theirs"),
    ],
)
def test_the_first_system_that_knows_either_decides_unless_somebody_chose(order, choices, phone):
    fields = dict.fromkeys((*FIELDS, "deactivated_on", "leaving_reason", "leaving_destination"))
    own, theirs = Known(fields | {"phone": "own"}, {"a"}), Known(fields | {"phone": "theirs"}, {"b"})
    assert surviving(own, theirs, {"phone": order}, choices)["phone"] == phone


_record = st.fixed_dictionaries({name: st.sampled_from([None, "a", "b"]) for name in ("phone", "email")})


@given(_record, _record, _record)
def test_what_nobody_edited_goes_back_and_the_rest_stays_and_is_named(before, after, now):
    back = returned(before, after, now)
    for name in before:
        said = back.values.get(name, now[name])
        if now[name] == after[name]:
            assert said == before[name]
            assert name not in back.edited
        else:
            assert said == now[name]
            assert (name in back.edited) == (now[name] != before[name])
