"""Pure rules: primary posts, facility codes, likely duplicates, levels."""

import random
import tracemalloc
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.imports.duplicates import CROWD, Facility, likely_duplicates
from services.registry.imports.facility_codes import (
    Known,
    Place,
    assign,
    facility_codes,
    facility_key,
    normalise,
    place_code,
    place_codes,
)
from services.registry.primary_post import Held, primary_posts, rival_claims
from services.registry.units.hierarchy import check_code, may_stand_under
from shared.errors import Invalid

FIRST = date(2024, 1, 1)
days = st.integers(0, 40).map(lambda number: FIRST + timedelta(days=number))


@st.composite
def held_posts(draw):
    """Posts of one person whose claims do not overlap."""
    posts: list[Held] = []
    for number in range(draw(st.integers(1, 5))):
        start, end = sorted((draw(days), draw(days)))
        to = draw(st.sampled_from([end, None]))
        post = Held(str(number), start, to, draw(st.booleans()), draw(st.booleans()))
        posts.append(post if not rival_claims([*posts, post]) else post._replace(claim=False))
    return posts


@given(held_posts(), days)
def test_exactly_one_post_is_primary_on_a_day_with_posts(posts, day):
    held = [post for post in posts if _on(post, day)]
    primary = [post for post in held if _primary_on(posts, day) == post.post_id]
    assert len(primary) == (1 if held else 0)
    assert [post for post in held if post.claim] in ([], primary)
    assert [post for post in held if post.post_id in primary_posts(posts, day)] == primary
    assert primary_posts(posts, day) == {post.post_id for post in posts if _is_primary(post, posts, day)}


def _on(post, day):
    return post.valid_from <= day and (post.valid_to is None or day <= post.valid_to)


def _primary_on(posts, day):
    """The id of the primary post on a day, None without a post: a claim, then substantive, longest, lower id."""
    held = [post for post in posts if _on(post, day)]
    rank = [(not post.claim, post.acting, post.valid_from, post.post_id) for post in held]
    return min(rank)[-1] if rank else None


def _is_primary(post, posts, today):
    """The rule as it is written down: today, before the start on the first day, afterwards on the last."""
    day = max(today, post.valid_from)
    return _primary_on(posts, day if post.valid_to is None else min(day, post.valid_to)) == post.post_id


def test_claims_of_the_same_day_are_rivals():
    early = Held("a", FIRST, FIRST + timedelta(days=9), False, True)
    late = Held("b", FIRST + timedelta(days=9), None, False, True)
    assert rival_claims([late, early]) == [("a", "b")]
    assert rival_claims([early, late._replace(valid_from=FIRST + timedelta(days=10))]) == []


positions = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=6)


@given(positions, st.randoms(use_true_random=False))
def test_codes_do_not_depend_on_the_order_of_lines(at, shuffle):
    places = [Place(line, float(north), float(east)) for line, (north, east) in enumerate(at, 2)]
    codes = assign("SL", "key", places, [])
    kept = {line: code for line, code in codes.items() if code is not None}
    assert len(set(kept.values())) == len(kept) == len(set(at))
    known = [
        Known(code, *next(place[1:] for place in places if place.line == line)) for line, code in kept.items()
    ]
    mixed = list(places)
    shuffle.shuffle(mixed)
    renumbered = [place._replace(line=line) for line, place in enumerate(mixed, 2)]
    again = assign("SL", "key", renumbered, known)
    by_position = {place[1:]: codes[place.line] for place in places if codes[place.line]}
    assert {place[1:]: again[place.line] for place in renumbered if again[place.line]} == by_position
    fresh = assign("SL", "key", renumbered, [])
    assert {place[1:]: fresh[place.line] for place in renumbered if fresh[place.line]} == by_position


def test_spelling_that_means_the_same_has_the_same_key():
    assert normalise("Maternal & Child  Health-Post") == normalise("maternal and child health post")
    assert facility_key(("SL", "Région", None)) == facility_key(("sl", "region", ""))
    assert place_code("SL", "Western Area") == "SL-WESTERN-AREA"
    assert place_code("CI", "Région des Lacs") == "CI-REGION-DES-LACS"


def test_likely_duplicates_are_pairs_with_reasons():
    facilities = [
        Facility("a", 2, "baoma", "E", 8.0, -11.0),
        Facility("b", 3, "baoma", "E", 8.2, -11.0),
        Facility("c", 4, "baoma", "S", 8.4, -11.0),
        Facility("d", None, "other", "E", 8.0005, -11.0),
        Facility("e", None, "other", "E", None, None),
    ]
    random.Random(1).shuffle(facilities)
    found = [
        (one.code, other.code, reasons, metres)
        for one, other, reasons, metres in likely_duplicates(facilities, 10).pairs
    ]
    assert found == [("a", "b", ("same-name",), 22239), ("a", "d", ("near-position",), 56)]


def test_the_first_pairs_are_spelt_out_and_all_are_counted():
    ten = [Facility(f"f{number}", number, "clinic", "E", None, None) for number in range(10)]
    found = likely_duplicates(ten, 3)
    assert found.pairs_count == 45
    assert [(pair.first.code, pair.second.code) for pair in found.pairs] == [
        ("f0", each) for each in ("f1", "f2", "f3")
    ]
    stored = [facility._replace(line=None) for facility in ten[1:]]
    assert likely_duplicates([ten[0], *stored], 3).pairs_count == 9, (
        "what is stored is not compared with itself"
    )


def crowded(shape, count):
    """Facilities that are all alike: at one position, within one square of a district's centre, or by name."""
    for number in range(count):
        north = 8.001 + number * 1e-9 if shape == "near" else 0.0
        name = "clinic" if shape == "name" else f"clinic {number}"
        position = (None, None) if shape == "name" else (north, north)
        yield Facility(f"f{number:05}", number, name, "E", *position)


@pytest.mark.parametrize("shape", ["equal", "near", "name"])
def test_a_crowd_is_one_finding_and_its_memory_grows_with_the_list(shape):
    everyone = list(crowded(shape, 20_000))
    tracemalloc.start()
    found = likely_duplicates(everyone, 1000)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    (crowd,) = found.crowds
    assert (found.pairs_count, len(crowd.members)) == (0, 20_000)
    assert crowd.reason == ("same-name" if shape == "name" else "near-position")
    assert most < 40_000_000
    small = likely_duplicates(everyone[:CROWD], 1000)
    assert (small.pairs_count, small.crowds) == (CROWD * (CROWD - 1) // 2, [])


def test_squares_that_are_just_no_crowd_stay_bounded():
    everyone = [
        Facility(f"f{cell:04}-{number:02}", cell, f"{cell} {number}", "E", 8 + cell * 0.002 + 0.001, -11.0)
        for cell in range(500)
        for number in range(CROWD)
    ]
    found = likely_duplicates(everyone, 1000)
    assert (len(found.pairs), found.crowds) == (1000, [])
    assert found.pairs_count <= len(everyone) * CROWD * 9


def test_a_unit_of_a_crowd_does_not_tell_of_it_again_without_a_line():
    everyone = [facility._replace(line=None) for facility in crowded("equal", 30)]
    other = Facility("x", 2, "other", "E", 8.0, -11.0)
    assert likely_duplicates([*everyone, other], 10).crowds == []
    (crowd,) = likely_duplicates([*everyone, other._replace(latitude=0.0, longitude=0.0)], 10).crowds
    assert (crowd.members[0].code, len(crowd.members)) == ("x", 31)


def test_thousands_of_lines_with_one_key_find_their_units_again():
    places = [Place(line, 5.0 + line * 1e-4, -11.0) for line in range(2, 6002)]
    codes = assign("SL", "key", places, [])
    known = [Known(str(codes[place.line]), place.latitude, place.longitude) for place in places]
    assert assign("SL", "key", places, known) == codes
    moved = [place._replace(longitude=-11.00001) for place in places]
    assert assign("SL", "key", moved, known) == codes


def test_a_generated_code_that_is_taken_gives_way_to_the_next():
    place = Place(2, 8.0, -11.0)
    first = assign("SL", "key", [place], [])[2]
    second = assign("SL", "key", [place], [], {first})[2]
    assert first is not None
    assert second is not None
    assert second.startswith(first + "-")
    third = assign("SL", "key", [place], [], {first, second})[2]
    assert third not in {None, first, second}
    every = list(facility_codes("SL", "key", place, alone=True))
    assert len(every) == len(set(every))
    assert assign("SL", "key", [place], [], set(every)) == {}
    regions = list(place_codes("SL", "Western Area"))
    assert (regions[0], len(set(regions))) == ("SL-WESTERN-AREA", len(regions))
    deep = [place_code("SL-" + "X" * 57 + end, "Western Area") for end in "AB"]
    assert deep[0] != deep[1]
    assert max(map(len, deep)) <= 64


@pytest.mark.parametrize(
    ("level", "above", "may"),
    [("region", "country", True), ("facility", "region", True), ("facility", "facility", True),
     ("region", "region", False), ("country", "region", False), ("district", "facility", False)],
)  # fmt: skip
def test_levels_descend(level, above, may):
    assert may_stand_under(level, above) is may


@pytest.mark.parametrize("code", ["", "a b", "-x", "é", "a/b", "x" * 65, "a\n"])
def test_codes_that_do_not_fit_addresses_are_refused(code):
    with pytest.raises(Invalid):
        check_code(code, "/unit_code")
