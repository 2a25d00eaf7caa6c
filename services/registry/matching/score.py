"""How alike two records of people are: a score, with the part of each field in it.

Names are compared in any order of their words, accents and case aside (RapidFuzz, Indel). Year of birth,
sex, cadre and unit are compared where both records have them; what one of them lacks weighs nothing. Two common
names alone are no evidence, so records that share too little to compare are never alike.
"""

import unicodedata
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import NamedTuple

from rapidfuzz import fuzz

ALIKE = 82  # per cent from which a pair waits for somebody to decide
EVIDENCE = 70  # weight that must be comparable in both records
WITHIN = 95  # per cent: one has all names of the other, and further ones
LIKE_NAME = 88  # per cent: names that differ more are of two people, whatever else agrees
CONTRADICTION = 50  # per cent below which a change makes somebody else of a person
_WEIGHTS = {"name": 50, "birth_year": 25, "sex": 10, "cadre": 5, "unit": 10}
MOST_KEYS = 12  # of one record
END, BEYOND = chr(31), chr(32)  # what ends a code in a place, and what comes after it
UNPLACED = "@"
_CONTACT = 20  # the same telephone or address; another one tells nothing


class Record(NamedTuple):
    """What identifies a person; `units` has the codes of their posts."""

    person_id: str
    family_name: str
    given_name: str | None = None
    sex: str | None = None
    birth_year: int | None = None
    cadre: str | None = None
    phone: str | None = None
    email: str | None = None
    units: frozenset[str] = frozenset()


class Part(NamedTuple):
    """One field of a comparison: how alike it is, in per cent, and what that weighs."""

    field: str
    alike: int
    weight: int


class Likeness(NamedTuple):
    """A score in per cent, and what it is made of."""

    score: int
    parts: list[Part]

    @property
    def waits(self) -> bool:
        """Whether somebody has to decide about the pair."""
        return self.score >= ALIKE


def likeness(one: Record, other: Record) -> Likeness:
    """How alike two records are; the score is the mean of the parts by weight."""
    parts = list(_parts(one, other))
    weight = sum(part.weight for part in parts)
    score = round(sum(part.alike * part.weight for part in parts) / weight)
    if weight < EVIDENCE or parts[0].alike < LIKE_NAME:
        score = min(score, ALIKE - 1)
    return Likeness(score, parts)


def contradicts(one: Record, other: Record) -> bool:
    """Whether two states of one record read as two people: there is enough to compare, and most of it differs."""
    found = likeness(one, other)
    return sum(part.weight for part in found.parts) >= EVIDENCE and found.score < CONTRADICTION


def keys(record: Record) -> list[str]:
    """Blocking keys: records are compared where they share one, so that the work does not grow with the square.

    Each holds although one thing is written otherwise: an end of a name, the order of names, the year of birth.
    """
    words = _words(record)
    year = str(record.birth_year) if record.birth_year is not None else ""
    starts = sorted({word[:4] for word in words})
    found = {f"y {start} {year}" for start in starts if year}
    found |= {f"n {' '.join(words)}"}
    if len(starts) > 1:
        found |= {f"s {' '.join(starts)}"}
    for contact in (record.phone, record.email):
        if contact:
            found.add(f"c {_contact(contact)}")
    return sorted(found)[:MOST_KEYS]


def around(place: str) -> list[str]:
    """A place and all that it lies in, up to everywhere, which is empty."""
    steps = place.split(END)[:-1]
    return ["".join(step + END for step in steps[:depth]) for depth in range(len(steps) + 1)]


def met_in(places: Iterable[str]) -> list[str]:
    """The units that have all of a part of the tree in which two records met.

    Who keeps one of them keeps everybody who was counted there. `UNPLACED` stands for the records of one source
    without a post, whom those keep who send as that source.
    """
    codes = {code for place in places for code in place.split(END)[:-1]}
    return sorted({UNPLACED if code.startswith(UNPLACED) else code for code in codes})


def identifying(one: Record, other: Record) -> bytes:
    """A digest of what identifies both: a decision about them holds until it changes."""
    both = [repr(each[1:8]) for each in sorted((one, other))]
    return blake2b("\n".join(both).encode(), digest_size=16).digest()


def _parts(one: Record, other: Record) -> Iterator[Part]:
    yield Part("name", _name(one, other), _WEIGHTS["name"])
    if one.birth_year is not None and other.birth_year is not None:
        apart = abs(one.birth_year - other.birth_year)
        yield Part("birth_year", {0: 100, 1: 70}.get(apart, 0), _WEIGHTS["birth_year"])
    for field in ("sex", "cadre"):
        mine, theirs = getattr(one, field), getattr(other, field)
        if mine is not None and theirs is not None:
            yield Part(field, 100 if _plain(mine) == _plain(theirs) else 0, _WEIGHTS[field])
    if one.units and other.units:
        yield Part("unit", 0 if one.units.isdisjoint(other.units) else 100, _WEIGHTS["unit"])
    for field in ("phone", "email"):
        mine, theirs = getattr(one, field), getattr(other, field)
        if mine and theirs and _contact(mine) == _contact(theirs):
            yield Part(field, 100, _CONTACT)


def _name(one: Record, other: Record) -> int:
    mine, theirs = _words(one), _words(other)
    fewer, more = sorted((set(mine), set(theirs)), key=len)
    within = WITHIN if len(fewer) > 1 and fewer <= more else 0
    return max(within, round(fuzz.ratio(" ".join(mine), " ".join(theirs))))


def _words(record: Record) -> list[str]:
    return sorted(_plain(f"{record.family_name} {record.given_name or ''}").split())


def _plain(text: str) -> str:
    bare = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return "".join(each if each.isalnum() else " " for each in bare.casefold())


def _contact(text: str) -> str:
    if "@" in text:
        return text.casefold()
    digits = "".join(each for each in text if each.isdigit())
    return digits[-8:]  # with or without the country's number
