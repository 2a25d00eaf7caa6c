"""Whether an export of the audit is whole and as it was sealed, from its lines alone.

    {"kind": "entry", ..., "of": [{"commitment": ..., "people": [...], "salt": ...}, ...]}
    {"kind": "seal", "number": ..., "rows": ..., "previous": ..., "hash": ..., "signature": ...}

Entries come before their seal, in order. Who changes a row and every hash after it makes another chain: it is
found by a head that was noted elsewhere, or by the signature, where the instance's secret is at hand.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hmac import compare_digest
from typing import Any
from uuid import UUID

import orjson

from shared.audit.chain import FIRST, commitment, entry_hash, root, rows_hash, seal_hash, signature

Line = Mapping[str, Any]


@dataclass(slots=True)
class Verified:
    """What was verified, and what is wrong: each fault with the line that shows it."""

    service: str | None = None
    seals: int = 0
    entries: int = 0
    first: int | None = None
    last: int | None = None
    head: str | None = None
    faults: list[str] = field(default_factory=list)


class Verification:
    """The check of one export, line by line: memory holds one seal's hashes."""

    def __init__(self, heads: Mapping[int, str], pepper: str | None = None) -> None:
        """`heads`: hashes by seal number, noted elsewhere; `pepper`: the secret, to check signatures."""
        self._heads, self._pepper = dict(heads), pepper
        self._hashes: list[bytes] = []
        self.result = Verified()

    def take(self, number: int, text: bytes) -> None:
        """One line with its number."""
        try:
            line = orjson.loads(text)
            take = {"entry": self._entry, "seal": self._seal}[line["kind"]]
            for fault in take(line):
                self.result.faults.append(f"line {number}: {fault}")
        except (ValueError, KeyError, TypeError, AttributeError):
            self.result.faults.append(f"line {number}: it cannot be read")

    def end(self) -> Verified:
        """What is found once there are no more lines."""
        if self._hashes:
            self.result.faults.append(f"the end: {len(self._hashes)} entries are in no seal")
        for number in sorted(self._heads):
            self.result.faults.append(f"the end: seal {number}, which was noted, is missing")
        return self.result

    def _entry(self, line: Line) -> Iterator[str]:
        self._hashes.append(entry_hash(line))
        self.result.entries += 1
        if line["caller"] is None:  # an act of a rater: its commitment stands for the rater
            return
        if root(bytes.fromhex(each["commitment"]) for each in line["of"]).hex() != line["commitment"]:
            yield f"entry {line['entry_id']} is about other people than was sealed"
        for each in line["of"]:
            if "salt" in each and not _opens(each):
                yield f"entry {line['entry_id']} names somebody whom it was not about"

    def _seal(self, line: Line) -> Iterator[str]:
        known, number = self.result, line["number"]
        hashes, self._hashes = self._hashes, []
        if line["entries"] != len(hashes) or line["rows"] != rows_hash(hashes):
            yield f"an entry of seal {number} is changed, missing or in another place"
        if line["hash"] != seal_hash(line):
            yield f"seal {number} is changed"
        if known.service not in (None, line["service"]):
            yield f"seal {number} is of another service"
        yield from self._follows(line)
        if self._pepper is not None and not compare_digest(
            line["signature"], signature(self._pepper, line["hash"])
        ):
            yield f"seal {number} is not signed by this instance"
        if self._heads.pop(number, line["hash"]) != line["hash"]:
            yield f"seal {number} is another one than was noted"
        known.first = number if known.first is None else known.first
        known.service, known.last, known.head = line["service"], number, line["hash"]
        known.seals += 1

    def _follows(self, line: Line) -> Iterator[str]:
        known, number = self.result, line["number"]
        if known.last is None:
            if number == 1 and line["previous"] != FIRST:
                yield "seal 1 follows another one"
        elif number != known.last + 1:
            yield f"seal {number} comes after seal {known.last}"
        elif line["previous"] != known.head:
            yield f"seal {number} does not follow seal {known.last}"


def verify(lines: Iterable[bytes], heads: Mapping[int, str], pepper: str | None = None) -> Verified:
    """What an export of one service says of itself."""
    check = Verification(heads, pepper)
    for number, text in enumerate(lines, 1):
        if text.strip():
            check.take(number, text)
    return check.end()


def _opens(leaf: Line) -> bool:
    people = [UUID(each) for each in leaf["people"]]
    return bool(commitment(bytes.fromhex(leaf["salt"]), people).hex() == leaf["commitment"])
