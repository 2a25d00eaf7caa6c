"""Positions as lists write them: decimal degrees, or degrees, minutes and seconds; one cell or two."""

import re
from typing import Literal, NamedTuple

from shared.fields import Wrong, number

Axis = Literal["latitude", "longitude"]
LIMITS: dict[Axis, int] = {"latitude": 90, "longitude": 180}
_LONGEST = 80  # characters of a cell with a position
_POLES: dict[str, tuple[Axis, int]] = {
    "N": ("latitude", 1),
    "S": ("latitude", -1),
    "E": ("longitude", 1),
    "W": ("longitude", -1),
}

_NUMBER = r"[0-9]{1,3}(?:[.,][0-9]{0,15})?"
# 13°47'50.3"S, S 13 47 50.3, 13:47.8 S, 8.3588° N: a letter or a sign, before or behind.
_ANGLE = re.compile(
    rf"(?P<before>[NSEW])?\s*(?P<sign>[+-])?\s*(?P<degrees>{_NUMBER})"
    rf"(?:\s*(?:[°º˚d]\s*|[\s:]\s*)(?P<minutes>{_NUMBER})"
    rf"(?:\s*(?:['′’‘´`m]\s*|[\s:]\s*)(?P<seconds>{_NUMBER})\s*(?:\"|″|”|“|''|′′|’’|s)?|\s*['′’‘´`m])?"
    r"|\s*[°º˚d])?\s*(?P<behind>[NSEW])?"
)
_POINT = re.compile(
    rf"(?:SRID=4326;)?\s*POINT\s*(?:Z\s*)?\(\s*([+-]?{_NUMBER})\s+([+-]?{_NUMBER})[^()]*\)", re.IGNORECASE
)
_LETTERED = re.compile(r"([^NSEW]*[NSEW]|[NSEW][^NSEW]*?)[\s,;/|]*([^NSEW]*[NSEW]|[NSEW][^NSEW]*)")


class Position(NamedTuple):
    """Degrees north and east."""

    latitude: float
    longitude: float


def read_degrees(text: str, axis: Axis) -> float:
    """Degrees north or east. Raises ValueError for what is no such angle."""
    text = text.strip().replace("\u2212", "-")
    if len(text) > _LONGEST:
        raise ValueError("too long")
    try:
        value = number(text)
    except Wrong:
        value = _angle(text, axis)
    if not -LIMITS[axis] <= value <= LIMITS[axis]:
        raise ValueError("beyond the poles or the date line")
    return value


def read_position(text: str) -> Position:
    """A cell with both coordinates: latitude first unless letters or `POINT` (longitude first) say otherwise.

    Raises ValueError for what is no position.
    """
    text = text.strip()
    if len(text) > _LONGEST:
        raise ValueError("too long")
    if point := _POINT.fullmatch(text):
        return Position(read_degrees(point[2], "latitude"), read_degrees(point[1], "longitude"))
    text = text.strip("()[] ")
    if (halves := _LETTERED.fullmatch(text)) and {halves[1], halves[2]} != {text}:
        turned = bool(re.search("[EW]", halves[1]))
        north, east = (halves[2], halves[1]) if turned else (halves[1], halves[2])
        return Position(read_degrees(north, "latitude"), read_degrees(east, "longitude"))
    for between in (r"\s*[;|/]\s*", r",\s+", r",", r"\s+"):
        parts = re.split(between, text)
        if len(parts) == 2 and all(parts):
            try:
                return Position(read_degrees(parts[0], "latitude"), read_degrees(parts[1], "longitude"))
            except ValueError:
                continue
    raise ValueError("not two coordinates")


def _angle(text: str, axis: Axis) -> float:
    found = _ANGLE.fullmatch(text)
    letters = [found[name] for name in ("before", "behind") if found[name]] if found else []
    if not found or len(letters) + (found["sign"] is not None) > 1:
        raise ValueError("not an angle")
    parts = [found[name] for name in ("degrees", "minutes", "seconds") if found[name]]
    if any("." in part or "," in part for part in parts[:-1]):
        raise ValueError("a fraction before a smaller part")
    numbers = [float(part.replace(",", ".")) for part in parts]
    if any(number >= 60 for number in numbers[1:]):
        raise ValueError("60 minutes or seconds and more")
    pole = _POLES[letters[0]] if letters else (axis, -1 if found["sign"] == "-" else 1)
    if pole[0] != axis:
        raise ValueError("the letter of the other axis")
    degrees = sum(number / 60.0**place for place, number in enumerate(numbers))
    return pole[1] * degrees
