"""How far a pull has come, in a file: of one source, and read again where a page was cut off."""

from pathlib import Path

import pytest

from deploy.facility_registry.bookmark import Bookmarks, Unreadable


def test_a_bookmark_is_of_one_source(tmp_path: Path):
    at = tmp_path / "bookmark"
    Bookmarks(at, "http://a").save()
    with pytest.raises(Unreadable):
        Bookmarks(at, "http://b")
    at.write_bytes(b"{")
    with pytest.raises(Unreadable):
        Bookmarks(at, "http://a")


def test_a_page_that_was_cut_off_is_read_again(tmp_path: Path):
    books = Bookmarks(tmp_path / "bookmark", "http://a")
    books.add([{"id": "1", "resource": None}], "http://a/2")
    with books.pages.open("ab") as file:
        file.write(b'{"id": "2", "re')
    again = Bookmarks(tmp_path / "bookmark", "http://a")
    assert ([each["id"] for each in again.entries()], again.now.following) == (["1"], "http://a/2")
