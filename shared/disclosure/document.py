"""A release: one frozen document of published figures, with a number and a digest. Pure.

It has the figures of one declared cube in one period, as they stood at one calendar date: for each unit,
level and measure a cell with its people and their total, or a mark that it is withheld. Nothing in it is
ever computed again. What was wrong is put right by a later release with the next number, which says which
one it corrects. A cell in which nobody can count is not listed; a listed one that is withheld may be empty.

The digest is SHA-256 over the canonical form: JSON in UTF-8 without spaces, names and cells in order, whole
numbers only. So the same document comes to the same digest everywhere, and a repeat is seen as one.
"""

import hashlib
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

import msgspec

FORM = 1  # of the document


class Cell(msgspec.Struct, array_like=True, frozen=True, order=True, gc=False):
    """A published figure: how many people, and the sum of their values; both None where it is withheld.

    A score is in hundredths. Of a subset the total says how many have it; of a count it is the people again.
    """

    unit: str
    level: str
    measure: str
    people: int | None
    total: int | None

    @property
    def mean(self) -> int | None:
        """The mean in hundredths, rounded half-even: of scores as they are, of a subset its share in per cent."""
        return _rounded(self.total, self.people)

    @property
    def share(self) -> int | None:
        """How many have it, in hundredths of a per cent, rounded half-even."""
        return None if self.total is None else _rounded(self.total * 10_000, self.people)


@dataclass(frozen=True, slots=True)
class Release:
    """The document. `number` counts from 1 for each cube and period; `corrects` names an earlier number."""

    cube: str
    period: str
    as_of: date
    number: int
    corrects: int | None
    cells: tuple[Cell, ...]

    def canonical(self) -> bytes:
        """The form that the digest is over; a country's takes a quarter of a second."""
        written = _Document(self.as_of, self.cells, self.corrects, self.cube, FORM, self.number, self.period)
        return msgspec.json.encode(written)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical form, in hexadecimal digits."""
        return digest_of(self.canonical())

    def same_figures(self, other: "Release") -> bool:
        """Whether both publish the same cells: then a correction has nothing to say."""
        return self.cells == other.cells


class _Document(msgspec.Struct, forbid_unknown_fields=True):
    """As it is written: names in order. Written and read by json, a country's took three and fourteen seconds."""

    as_of: date
    cells: tuple[Cell, ...]
    corrects: int | None
    cube: str
    form: int
    number: int
    period: str


class NotThisRelease(ValueError):
    """A document that is not what its digest says, or not in this form."""


def digest_of(document: bytes) -> str:
    """The digest of a document in its canonical form."""
    return hashlib.sha256(document).hexdigest()


def read(document: bytes, digest: str) -> Release:
    """A document as it was sent. Raises NotThisRelease where it is another one, or in another form."""
    if digest_of(document) != digest:
        raise NotThisRelease("The digest is another one.")
    try:
        found = msgspec.json.decode(document, type=_Document)
    except msgspec.MsgspecError as problem:
        raise NotThisRelease("The document cannot be read.") from problem
    if found.form != FORM:
        raise NotThisRelease("The document has another form.")
    release = Release(found.cube, found.period, found.as_of, found.number, found.corrects, found.cells)
    if release.canonical() != document:
        raise NotThisRelease("The document is not in its canonical form.")
    return release


def _rounded(total: int | None, people: int | None) -> int | None:
    return None if total is None or not people else round(Fraction(total, people))
