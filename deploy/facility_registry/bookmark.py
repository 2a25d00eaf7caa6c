"""How far a pull has come, in a file: what is killed goes on where it was.

Pages are written to a second file beside it, a Location a line, the newest version of each alone. The bookmark
says up to which byte that file is whole, where the next page is, and how many Locations are applied.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

Json = dict[str, Any]


class Bookmark(msgspec.Struct):
    """Where a pull from `source` is."""

    source: str
    since: str | None = None  # of the next pull: up to then everything is applied
    until: str | None = None  # of the one that runs
    following: str | None = None  # the next page; None with `read`: there is none
    read: bool = False
    whole: int = 0  # bytes
    applied: int = 0
    counts: dict[str, int] = {}
    refused: list[Json] = []


class Unreadable(Exception):
    """A bookmark that is not one, or of another source."""


class Bookmarks:
    """The file of a bookmark, and that of the pages."""

    def __init__(self, path: Path, source: str) -> None:
        self._path, self.pages = path, path.with_name(f"{path.name}.pages")
        self.now = self._stored(source)
        if not self.pages.exists() or self.pages.stat().st_size < self.now.whole:
            self.now = Bookmark(source, since=self.now.since)  # what was read is not there: read again
            self.pages.write_bytes(b"")
        os.truncate(self.pages, self.now.whole)

    def _stored(self, source: str) -> Bookmark:
        if not self._path.exists():
            return Bookmark(source)
        try:
            found = msgspec.json.decode(self._path.read_bytes(), type=Bookmark)
        except (msgspec.MsgspecError, OSError):
            raise Unreadable(f"{self._path} is no bookmark of a pull.") from None
        if found.source != source:
            raise Unreadable(f"{self._path} is the bookmark of another source.")
        return found

    def save(self) -> None:
        """Write the bookmark down, as a whole or not at all."""
        part = self._path.with_name(f"{self._path.name}.part")
        part.write_bytes(msgspec.json.encode(self.now))
        part.replace(self._path)

    def add(self, entries: list[Json], following: str | None) -> None:
        """A page was read; the next one is `following`."""
        with self.pages.open("ab") as file:
            for entry in entries:
                file.write(msgspec.json.encode(entry) + b"\n")
            file.flush()
            os.fsync(file.fileno())
            self.now.whole = file.tell()
        self.now.following, self.now.read = following, following is None
        self.save()

    def entries(self) -> Iterator[Json]:
        """What was read."""
        with self.pages.open("rb") as file:
            for line in file:
                yield msgspec.json.decode(line)

    def begin_again(self) -> None:
        """Read everything once more, as if nothing had been read before."""
        self.now = Bookmark(self.now.source)
        self.pages.write_bytes(b"")
        self.save()

    def finish(self) -> None:
        """Everything is applied: the next pull begins where this one ended."""
        self.now = Bookmark(self.now.source, since=self.now.until or self.now.since)
        self.pages.write_bytes(b"")
        self.save()
