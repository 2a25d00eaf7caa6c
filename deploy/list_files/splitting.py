"""A national list parted by the regions that own its units: who is where, line by line, in memory that is bounded.

A line of posts names its unit. People and leavers are where the file of posts has them; who has posts in
two regions is in both lists, since each region has to know them. A facility is where its code is known, else where
its region is called so.
"""

import csv
import gzip
import io
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import msgspec

from deploy.federation.federation_error import FederationError
from deploy.list_files.owning_regions import Owners

ROOM = 256 * 1024 * 1024  # bytes of all lists together, packed
LARGEST = 96 * 1024 * 1024  # of one
MOST_PEOPLE = 2_000_000  # whose posts are known at once
_FACILITY = (
    "code", "name", "type", "ownership", "latitude", "longitude", "position", "country", "region", "district",
    "rural", "status",
)  # fmt: skip


class Refused(NamedTuple):
    """A line that goes to no region: its number in the national file, and why."""

    line: int
    code: str


class _Line(msgspec.Struct):
    """What says where a line belongs; nothing else of it is looked at."""

    external_id: str | None = None
    person_external_id: str | None = None
    unit_code: str | None = None
    code: str | None = None
    region: str | None = None


_DECODE = msgspec.json.Decoder(_Line).decode


class _Part:
    """The list of one region as it grows, packed."""

    def __init__(self, *, table: bool) -> None:
        self._buffer = io.BytesIO()
        self._packed = gzip.GzipFile(fileobj=self._buffer, mode="wb", mtime=0)
        self.lines = 0
        self._table = table
        if table:
            self._row(_FACILITY)

    def add(self, line: bytes) -> None:
        """One more line."""
        self.lines += 1
        if self._table:
            cells = msgspec.json.decode(line, type=dict[str, Any])
            self._row([cells.get(field, "") for field in _FACILITY])
        else:
            self._packed.write(line.strip() + b"\n")

    def _row(self, cells: Sequence[Any]) -> None:
        text = io.StringIO()
        csv.writer(text).writerow(cells)
        self._packed.write(text.getvalue().encode())

    @property
    def size(self) -> int:
        """Bytes so far; what gzip holds back is small."""
        return self._buffer.tell()

    def finished(self) -> bytes:
        """All of it."""
        self._packed.close()
        return self._buffer.getvalue()


class Posts:
    """In which regions each person has a post, as bits."""

    def __init__(self, owners: Owners) -> None:
        self._owners = owners
        self.regions: dict[str, int] = {}

    def note(self, line: bytes) -> None:
        """One line of the file of posts; one that cannot be read places nobody."""
        found = _read_line(line)
        if found is None or not found.person_external_id or not found.unit_code:
            return
        owner = self._owners.of_unit(found.unit_code)
        if owner.bit_count() == 1:
            known = self.regions.get(found.person_external_id, 0)
            self.regions[found.person_external_id] = known | owner
            if len(self.regions) > MOST_PEOPLE:
                raise FederationError(f"The file of posts has more than {MOST_PEOPLE} people.")


class Splitter:
    """Parts lines of one kind; each goes to its region's list, or is refused by number and code."""

    def __init__(
        self, kind: str, owners: Owners, posts: Posts | None, refuse: Callable[[Refused], None]
    ) -> None:
        """`posts` are needed for people and leavers; `refuse` is told each line that goes nowhere."""
        self._kind, self._owners, self._posts, self._refuse = kind, owners, posts, refuse
        self._parts: dict[int, _Part] = {}
        self.read = 0
        self.refused = Counter[str]()
        self.in_several = 0

    def reject(self, line: int, code: str) -> None:
        """A line that could not be read."""
        self.read += 1
        self._reject(line, code)

    def take(self, first: int, lines: Sequence[bytes]) -> None:
        """Lines from the number `first` on; empty ones are none. Raises FederationError where memory is full."""
        for number, line in enumerate(lines, first):
            if line.strip():
                self.read += 1
                self._take(number, line)
        sizes = [part.size for part in self._parts.values()]
        if sum(sizes) > ROOM or max(sizes, default=0) > LARGEST:
            raise FederationError("The file is too large to be parted at once: split it in parts.")

    def _take(self, number: int, line: bytes) -> None:
        found = _read_line(line)
        owners, code = (0, "json-invalid") if found is None else self._owned(found)
        places = [place for place in range(owners.bit_length()) if owners >> place & 1]
        if not code and not all(self._owners.regions[place].sealing_key for place in places):
            code = "region-without-key"
        if code:
            self._reject(number, code)
            return
        self.in_several += len(places) > 1
        for place in places:
            if place not in self._parts:
                self._parts[place] = _Part(table=self._kind == "facilities")
            self._parts[place].add(line)

    def _owned(self, line: _Line) -> tuple[int, str]:
        """The regions of a line, or 0 and the code why it has none."""
        if self._posts is not None:
            owners = self._posts.regions.get(line.external_id or "", 0)
            return owners, "" if owners else "person-without-post"
        if self._kind == "facilities":
            owners = self._owners.of_unit(line.code or "") or self._owners.of_name(line.region or "")
        elif not line.unit_code:
            return 0, "unit-missing"
        else:
            owners = self._owners.of_unit(line.unit_code)
        if owners.bit_count() > 1:
            return 0, "unit-of-several-regions"
        return owners, "" if owners else "unit-unknown"

    def _reject(self, line: int, code: str) -> None:
        self.refused[code] += 1
        self._refuse(Refused(line, code))

    def parts(self) -> list[tuple[int, int, bytes]]:
        """Place of each region that has lines, how many, and its list as it is packed."""
        return [(place, part.lines, part.finished()) for place, part in sorted(self._parts.items())]


def _read_line(line: bytes) -> _Line | None:
    try:
        return _DECODE(line)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
