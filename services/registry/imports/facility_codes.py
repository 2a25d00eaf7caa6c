"""Stable codes for facilities of a list that has none, so that loading it twice changes nothing.

A facility is recognised by its key: country, places above it, name and type, normalised. Among
repeated keys the position tells them apart, never the order of lines.
"""

import base64
import bisect
import hashlib
import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from itertools import islice, pairwise
from typing import NamedTuple

# Accents of Latin and Greek letters, and signs without a shape of their own (soft hyphen, joiners, directions).
_ACCENTS = re.compile(r"[\u0300-\u036f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f]+")
_OTHER_SCRIPT = re.compile(r"[^\x00-\u03ff\u1e00-\u206f\u2c60-\u2c7f\ua720-\ua7ff]")
SAME_PLACE = 1e-6  # degrees: the same figure after a round trip through the database
CHOICES = 5  # further codes that are tried when a generated one is taken
EVERY_PAIR = 10_000  # pairs of lines and units that are compared all with all
NEIGHBOURS = 10  # units on either side that a line is compared with where there are more


class Known(NamedTuple):
    """A unit of an earlier load with the same key."""

    code: str
    latitude: float | None
    longitude: float | None


class Place(NamedTuple):
    """A line with a key: its number and its position."""

    line: int
    latitude: float | None
    longitude: float | None


def normalise(text: str) -> str:
    """Lower case, Latin and Greek without accents, `&` as and, punctuation as single spaces.

    The marks of other scripts stay: they write vowels (Devanagari, Tamil, Thai, Khmer) or make other
    letters (Cyrillic, kana). Signs without a shape of their own, such as joiners, are left out.
    """
    plain = text.casefold()
    if not plain.isascii():
        plain = unicodedata.normalize("NFKD", plain)
        if _OTHER_SCRIPT.search(plain):
            return " ".join("".join(_without_accents(plain)).replace("&", " and ").split())
        plain = _ACCENTS.sub("", plain)
    return re.sub(r"\W+", " ", plain.replace("&", " and ")).strip()


def _without_accents(decomposed: str) -> Iterator[str]:
    """Sign by sign, in a text with letters of other scripts; what is between words is a space."""
    keeps = False  # whether marks belong to the letter that they stand on
    for sign in decomposed:
        kind = unicodedata.category(sign)
        if kind[0] == "M":
            yield sign if keeps else ""
        elif kind != "Cf":
            keeps = kind[0] == "L" and _OTHER_SCRIPT.match(sign) is not None
            yield sign if sign.isalnum() or sign in "&_" else " "


def facility_key(parts: Iterable[str | None]) -> str:
    """The key of a facility: what it is recognised by, as one line of text."""
    return "|".join(normalise(part or "") for part in parts)


def former_key(parts: Iterable[str | None]) -> str:
    """The key as earlier versions made it, which units that they loaded have: without the marks of any script."""
    plain = (unicodedata.normalize("NFKD", (part or "").casefold()) for part in parts)
    bare = ("".join(sign for sign in part if not unicodedata.combining(sign)) for part in plain)
    return "|".join(re.sub(r"[^\w]+", " ", part.replace("&", " and ")).strip() for part in bare)


def digest(text: str, length: int = 10) -> str:
    """Letters and digits that stand for `text`: 50 bits, so that 100,000 keys stay apart."""
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode()[:length]


def place_code(parent: str, name: str) -> str:
    """The code of a region or district from its name, e.g. SL-WESTERN-AREA."""
    return next(place_codes(parent, name))


def place_codes(parent: str, name: str) -> Iterator[str]:
    """Codes for a region or district, the best first: the next one is for when a unit has it already.

    They follow from parent and name alone, so that an empty instance gets the same ones again.
    """
    plain = normalise(name)
    slug = re.sub(r"[^A-Z0-9]+", "-", plain.upper()).strip("-")
    if 0 < len(slug) <= 24 and slug.isascii():
        yield _below(parent, slug)
    yield _below(parent, digest(plain, 6))
    for nth in range(2, CHOICES + 1):
        yield _below(parent, digest(f"{plain}|{nth}"))


def facility_codes(country: str, key: str, place: Place, *, alone: bool) -> Iterator[str]:
    """Codes for a facility of a list without any, the best first, as `place_codes` has them.

    The key's own code for the only facility that has the key (`alone`), else one with its position.
    """
    base = f"{country}-F-{digest(key)}"
    if alone:
        yield base
    for nth in range(1, CHOICES + 1):
        yield f"{base}-{digest(_position(place) if nth == 1 else f'{_position(place)}|{nth}', 6)}"


def _below(parent: str, own: str) -> str:
    """A code of at most 64 characters; a long parent is stood for by what it begins with and a digest."""
    code = f"{parent}-{own}"
    return code if len(code) <= 64 else f"{parent[:20]}-{digest(parent)}-{own}"


def assign(
    country: str, key: str, places: Sequence[Place], known: Sequence[Known], taken: Container[str] = ()
) -> dict[int, str | None]:
    """Line -> code for all lines that share `key`; None for a line that repeats another one.

    An earlier unit keeps its code for the line at its position, then for the nearest line; a line
    without any gets the key's own code when it is the only one, and one with its position otherwise.
    A code that is `taken`, by a unit with another key or a line that gives it, goes to none of them;
    a line whose every code is taken is left out.
    """
    codes: dict[int, str | None] = {}
    waiting = sorted(places, key=lambda place: (_order(place.latitude), _order(place.longitude), place.line))
    for earlier, later in pairwise(waiting):
        if _distance(earlier, later) < SAME_PLACE:
            codes[later.line] = None
    waiting = [place for place in waiting if place.line not in codes]
    alone = len(waiting) == 1 and not known
    free = [unit for unit in known if unit.code not in taken]
    used: set[str] = set()
    for match in (_at_their_positions, _nearest):
        left = [place for place in waiting if place.line not in codes]
        for line, code in match(left, [unit for unit in free if unit.code not in used]):
            if line not in codes and code not in used:
                codes[line] = code
                used.add(code)
    for place in waiting:
        if place.line not in codes:
            choices = facility_codes(country, key, place, alone=alone)
            for code in (each for each in choices if each not in taken and each not in used):
                codes[place.line] = code
                used.add(code)
                break
    return codes


def _at_their_positions(places: Sequence[Place], units: Sequence[Known]) -> Iterator[tuple[int, str]]:
    """(line, code) of lines and units with equal positions."""
    at: dict[tuple[float | None, float | None], list[str]] = defaultdict(list)
    for unit in units:
        at[unit.latitude, unit.longitude].append(unit.code)
    for place in sorted(places, key=lambda place: place.line):
        for code in sorted(at[place.latitude, place.longitude])[:1]:
            yield place.line, code


def _nearest(places: Sequence[Place], units: Sequence[Known]) -> Iterator[tuple[int, str]]:
    """(line, code) of lines and units, the nearest first; of very many only those of similar latitude."""
    ordered = sorted(units, key=lambda unit: (_order(unit.latitude), _order(unit.longitude), unit.code))
    reach = len(ordered) if len(places) * len(ordered) <= EVERY_PAIR else NEIGHBOURS
    where = [(_order(unit.latitude), _order(unit.longitude)) for unit in ordered]
    pairs: list[tuple[float, int, str]] = []
    for place in places:
        middle = bisect.bisect(where, (_order(place.latitude), _order(place.longitude)))
        around = islice(ordered, max(0, middle - reach), middle + reach)
        pairs += [(_distance(place, unit), place.line, unit.code) for unit in around]
    for _, line, code in sorted(pairs):
        yield line, code


def _order(degrees: float | None) -> float:
    return math.inf if degrees is None else degrees


def _position(place: Place) -> str:
    return (
        "none"
        if place.latitude is None or place.longitude is None
        else f"{place.latitude:.6f},{place.longitude:.6f}"
    )


def _distance(one: Place | Known, other: Place | Known) -> float:
    """Degrees between two positions; 0 where neither has one, far where one has none."""
    if one.latitude is None or one.longitude is None or other.latitude is None or other.longitude is None:
        return 0.0 if one.latitude is None and other.latitude is None else 1000.0
    return math.hypot(one.latitude - other.latitude, one.longitude - other.longitude)
