"""The file of a person who moves: for one region, by one region, with nothing in it that stays behind."""

from datetime import date
from uuid import UUID

import msgspec
import pytest

from deploy.federation.federation_error import FederationError
from deploy.federation.pki.keys import Forged, Keys, recipient
from deploy.list_files.owning_regions import Region
from deploy.person_transfers import person_file
from deploy.person_transfers.person_file import MOST_INSIDE, Route, Taken, packed, route_of, unpacked

NORTH, SOUTH, STRANGER = Keys.made(), Keys.made(), Keys.made()
ROUTE = Route("steward-person-1", "north", "south", UUID("019a1c60-0000-7000-8000-000000000007"))
TAKEN = Taken(date(2027, 1, 1), {"family_name": "Kamara"}, [{"scores": [301]}], [])


def region(name: str, keys: Keys) -> Region:
    return Region(name, None, recipient(keys.public_box), keys.public)


def made(route: Route = ROUTE, keys: Keys = NORTH) -> bytes:
    return packed(route, TAKEN, keys, region("south", SOUTH))


def test_it_is_read_where_it_goes_to_and_nowhere_else() -> None:
    file = made()
    assert route_of(file) == ROUTE
    assert unpacked(file, SOUTH, "south", region("north", NORTH)) == TAKEN
    assert b"Kamara" not in file
    with pytest.raises(Forged, match="not sealed for this instance"):
        unpacked(file, STRANGER, "south", region("north", NORTH))
    with pytest.raises(FederationError, match="from north for south"):
        unpacked(file, SOUTH, "east", region("north", NORTH))


def test_it_is_of_the_region_that_it_says() -> None:
    with pytest.raises(Forged):
        unpacked(made(keys=STRANGER), SOUTH, "south", region("north", NORTH))
    with pytest.raises(FederationError, match="from north"):
        unpacked(made(), SOUTH, "south", region("west", NORTH))
    with pytest.raises(FederationError, match="states no key"):
        unpacked(made(), SOUTH, "south", Region("north"))
    with pytest.raises(FederationError, match="states no key"):
        packed(ROUTE, TAKEN, NORTH, Region("south"))


def test_more_than_the_other_region_takes_is_refused_before_anybody_leaves() -> None:
    for taken in (
        Taken(date(2027, 1, 1), {}, [{"scores": [301]}] * 201, []),
        Taken(date(2027, 1, 1), {}, [], [{}] * 201),
        Taken(date(2027, 1, 1), {"family_name": "K" * MOST_INSIDE}, [], []),
    ):
        with pytest.raises(FederationError, match="more than south takes"):
            packed(ROUTE, taken, NORTH, region("south", SOUTH))
    most = Taken(date(2027, 1, 1), {}, [{"scores": [301]}] * 200, [{}] * 200)
    assert (
        unpacked(packed(ROUTE, most, NORTH, region("south", SOUTH)), SOUTH, "south", region("north", NORTH))
        == most
    )


def test_a_byte_that_changed_anywhere_is_noticed() -> None:
    whole = made()
    for place in range(len(whole)):
        file = bytearray(whole)
        file[place] ^= 1
        with pytest.raises((Forged, FederationError)):
            unpacked(bytes(file), SOUTH, "south", region("north", NORTH))
    for end in (0, 30, len(whole) // 2, len(whole) - 1):
        with pytest.raises((Forged, FederationError)):
            unpacked(whole[:end], SOUTH, "south", region("north", NORTH))


def test_what_stays_behind_is_not_in_it() -> None:
    """Of what an instance answers only what is named goes along: new fields stay until somebody decides."""
    shown = {
        "person_id": "1", "family_name": "Kamara", "subjects": [{"sub": "x"}], "identifiers": ["hr-1"],
        "posts": [1], "scores": [1], "groups": [1], "others": [1], "self_scores": [1], "quality": [1],
        "assessment_id": "2", "plan_id": "3", "comments": "x", "limits": {}, "activities": [{"activity_id": "4"}],
    }  # fmt: skip
    along = [person_file.record(shown), person_file.result(shown), person_file.plan(shown)]
    words = msgspec.json.encode(along)
    stays = (
        "person_id", "subjects", "identifiers", "posts", "groups", "others", "self_scores", "quality", "comments",
        "assessment_id", "plan_id", "activity_id", "limits",
    )  # fmt: skip
    assert [word for word in stays if f'"{word}"'.encode() in words] == []


def test_another_carried_file_is_none() -> None:
    other = msgspec.structs.replace(ROUTE, format="steward-person-2")  # type: ignore[arg-type]
    with pytest.raises(FederationError, match="no file of a person"):
        route_of(made(other))
