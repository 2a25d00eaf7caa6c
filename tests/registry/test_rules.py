"""Pure rules: primary posts, facility codes, likely duplicates, levels."""

import random
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.duplicates import Facility, likely_duplicates
from services.registry.facility_codes import Known, Place, assign, facility_key, normalise, place_code
from services.registry.primaries import Held, is_primary, primary_on, rival_claims
from services.registry.tree import check_code, may_stand_under
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
    held = [post for post in posts if post.on(day)]
    primary = [post for post in held if primary_on(posts, day) == post.post_id]
    assert len(primary) == (1 if held else 0)
    assert [post for post in held if post.claim] in ([], primary)
    assert [post for post in held if is_primary(post, posts, day)] == primary


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
        for one, other, reasons, metres in likely_duplicates(facilities)
    ]
    assert found == [("a", "b", ("same-name",), 22239), ("a", "d", ("near-position",), 56)]


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
