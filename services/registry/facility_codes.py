"""Stable codes for facilities of a list that has none, so that loading it twice changes nothing.

A facility is recognised by its key: country, places above it, name and type, normalised. Among
repeated keys the position tells them apart, never the order of lines.
"""

import base64
import hashlib
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

SAME_PLACE = 1e-6  # degrees: the same figure after a round trip through the database


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
    """Lower case without accents, `&` as and, punctuation as single spaces."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return re.sub(r"[^\w]+", " ", plain.replace("&", " and ")).strip()


def facility_key(parts: Iterable[str | None]) -> str:
    """The key of a facility: what it is recognised by, as one line of text."""
    return "|".join(normalise(part or "") for part in parts)


def digest(text: str, length: int = 10) -> str:
    """Letters and digits that stand for `text`: 50 bits, so that 100,000 keys stay apart."""
    return base64.b32encode(hashlib.sha256(text.encode()).digest()).decode()[:length]


def place_code(parent: str, name: str) -> str:
    """The code of a region or district from its name, e.g. SL-WESTERN-AREA."""
    slug = re.sub(r"[^A-Z0-9]+", "-", normalise(name).upper()).strip("-")
    own = slug if 0 < len(slug) <= 24 and slug.isascii() else digest(normalise(name), 6)
    return f"{parent}-{own}"[:64]


def assign(country: str, key: str, places: Sequence[Place], known: Sequence[Known]) -> dict[int, str | None]:
    """Line -> code for all lines that share `key`; None for a line that repeats another one.

    An earlier unit keeps its code for the line at its position, then for the nearest line; a line
    without any gets the key's own code when it is the only one, and one with its position otherwise.
    """
    codes: dict[int, str | None] = {}
    waiting = sorted(places, key=lambda place: (_order(place.latitude), _order(place.longitude), place.line))
    for earlier, later in pairwise(waiting):
        if _distance(earlier, later) < SAME_PLACE:
            codes[later.line] = None
    waiting = [place for place in waiting if place.line not in codes]
    alone = len(waiting) == 1 and not known
    free = list(known)
    pairs = sorted((_distance(place, unit), place.line, unit.code) for place in waiting for unit in free)
    taken: set[str] = set()
    for _, line, code in pairs:
        if line not in codes and code not in taken:
            codes[line] = code
            taken.add(code)
    base = f"{country}-F-{digest(key)}"
    for place in waiting:
        if place.line not in codes:
            codes[place.line] = base if alone else f"{base}-{digest(_position(place), 6)}"
    return codes


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
