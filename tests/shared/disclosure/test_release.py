"""A release as a document: its form, its digest, repeats and old ones, and the nation's sum."""

from datetime import date

import pytest

from shared.disclosure.document import Cell, NotThisRelease, read
from shared.disclosure.release import release
from tests.shared.disclosure.world import SCORE, World, put_all

TREE = {"D": None, "F": "D", "G": "D", "H": "D", "Z": "D"}


def released(number=1, as_of=date(2026, 8, 1), after=None):
    world = World()
    put_all(world, range(9), "F", 300)
    put_all(world, range(10, 16 + number), "G", 250)
    put_all(world, range(20, 22), "H", 250)
    world.release(TREE, staffed=set("FGH"))
    return release("roll-ups", "2026Q3", as_of, {SCORE: world.tabulations[-1]}, after)


def test_a_withheld_cell_is_listed_and_one_that_cannot_be_is_not():
    assert released().cells == (
        Cell("D", "", "score", 18, 9 * 300 + 9 * 250),
        Cell("F", "", "score", 9, 2700),
        Cell("G", "", "score", None, None),
        Cell("H", "", "score", None, None),
    )


def test_the_canonical_form_comes_to_a_known_digest():
    document = release("roll-ups", "2026Q3", date(2026, 8, 1), {})
    assert document.canonical() == (
        b'{"as_of":"2026-08-01","cells":[],"corrects":null,"cube":"roll-ups","form":1,"number":1,"period":"2026Q3"}'
    )
    assert document.digest == "c34999c90931bd29c3a3320d78b87e428c3b980aeaa2aa2d488699a556734009"


def test_a_document_is_read_as_it_was_sent():
    sent = released()
    assert read(sent.canonical(), sent.digest) == sent


@pytest.mark.parametrize(
    "change",
    [
        lambda sent: (sent.canonical(), "0" * 64),
        lambda sent: (sent.canonical().replace(b"2700", b"2701"), sent.digest),
    ],
)
def test_another_document_than_the_digest_says_is_refused(change):
    with pytest.raises(NotThisRelease):
        read(*change(released()))


@pytest.mark.parametrize("document", [b"{}", b"[]", b"nothing", b'{"form":2}'])
def test_what_is_no_release_is_refused(document):
    import hashlib

    with pytest.raises(NotThisRelease):
        read(document, hashlib.sha256(document).hexdigest())


def test_a_correction_has_the_next_number_and_says_what_it_corrects():
    second = released(2, date(2026, 9, 1), released())
    assert (second.number, second.corrects) == (2, 1)


def test_a_correction_that_corrects_nothing_is_seen():
    first = released()
    assert released(1, date(2026, 9, 1), first).same_figures(first)


def test_means_and_shares_are_rounded_half_even():
    assert Cell("D", "B", "score", 8, 2020).mean == 252
    assert Cell("D", "B", "score", 8, 2028).mean == 254
    assert Cell("D", "B", "women", 12, 5).share == 4167
    assert Cell("D", "B", "women", None, None).share is None
