"""What is left of an event about many people once some of them are erased."""

import msgspec

from shared.erasure.messages import without_people

ERASED, OTHER = "019a1c5e-0000-7000-8000-000000000001", "019a1c5e-0000-7000-8000-000000000002"
ITEMS = [{"person_id": OTHER, "version": 2}, {"person_id": ERASED, "version": 3}]


def event(**data: object) -> bytes:
    return msgspec.json.encode({"id": "e", "data": data})


def test_states_of_others_stay():
    left = without_people(event(items=ITEMS), {ERASED})
    assert msgspec.json.decode(left or b"")["data"] == {"items": ITEMS[:1]}
    assert without_people(event(items=ITEMS), {ERASED, OTHER}) is None


def test_of_a_merge_nothing_stays():
    """Who is left of it would still be told with whom they were taken for one person."""
    alias = {"person_id": ERASED, "version": 3}
    merge = {"person_id": OTHER, "merged_id": ERASED, "aliases": [alias], "items": ITEMS}
    assert without_people(event(**merge), {ERASED}) is None
    third = {"person_id": "a", "merged_id": OTHER, "aliases": [alias], "items": ITEMS[:1]}
    assert without_people(event(**third), {ERASED}) is None
    assert without_people(event(person_id=OTHER, opened_for=ERASED), {ERASED}) is None
