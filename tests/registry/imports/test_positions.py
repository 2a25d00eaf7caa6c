"""Positions as lists write them, and the words of an operating status."""

import pytest

from services.registry.imports.operating_status import read_status
from services.registry.imports.positions import read_degrees, read_position

NOT_ONE = "not|beyond|long|before|letter|minutes"  # what is wrong about it


@pytest.mark.parametrize(
    ("cell", "position"),
    [
        ("-1.937517 30.059391", (-1.937517, 30.059391)),
        ("8.3588, -11.3329", (8.3588, -11.3329)),
        ("8,3588; -11,3329", (8.3588, -11.3329)),
        ("8,3588 -11,3329", (8.3588, -11.3329)),
        ("(8.3588,-11.3329)", (8.3588, -11.3329)),
        ("POINT (-11.3329 8.3588)", (8.3588, -11.3329)),
        ("8°21'31.68\"N 11°19'58.44\"W", (8.3588, -11.3329)),
        ("W 11 19 58.44, N 8 21 31.68", (8.3588, -11.3329)),
        ("8.3588° N, 11.3329° W", (8.3588, -11.3329)),
        ("S13:47.4 E033:53.1", (-13.79, 33.885)),
    ],
)
def test_both_coordinates_in_one_cell(cell, position):
    assert read_position(cell) == pytest.approx(position)


@pytest.mark.parametrize(
    "cell", ["8.3588", "8 21 31 -11 19 58", "north west", "8.3588 N 11.3329 S", "91 0", "1 2 3", "N W"]
)
def test_what_is_no_position_is_refused(cell):
    with pytest.raises(ValueError, match=NOT_ONE):
        read_position(cell)


@pytest.mark.parametrize(
    ("cell", "degrees"),
    [("13°47'50.28\"S", -13.7973), ("8,5", 8.5), ("+1", 1), ("-13 47.838", -13.7973)],
)
def test_degrees_minutes_and_seconds(cell, degrees):
    assert read_degrees(cell, "latitude") == pytest.approx(degrees)


@pytest.mark.parametrize(
    "cell", ["13°60'S", "8.5 30", "-8.3 S", "8 E", "8_5", "1347", "٨", "nan", "1e9", "5E-05", "", "8" * 5000]
)
def test_what_is_no_angle_is_refused(cell):
    with pytest.raises(ValueError, match=NOT_ONE):
        read_degrees(cell, "latitude")


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("Functional", "open"), ("OPEN", "open"), ("Closed", "closed"), ("Fermé définitivement", "closed"),
        ("Not yet open", "not-yet-open"), ("Pending Operation (Under construction)", "not-yet-open"),
        ("Closed (Temporary)", "not-operating"), ("Non-functional", "not-operating"), ("Public", None),
        ("Not closed", None),
    ],
)  # fmt: skip
def test_the_operating_status_in_words(words, status):
    assert read_status(words) == status
