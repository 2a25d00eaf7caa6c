"""Domain time moves for everybody who follows the file, and only through it."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from shared import clock


@pytest.fixture(autouse=True)
def _real_time_afterwards():
    yield
    clock.follow(None)
    clock.set_zone("UTC")


def test_without_a_file_time_is_real():
    clock.follow(None)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)


def test_a_new_offset_is_seen_at_once(tmp_path: Path):
    file = tmp_path / "clock"
    clock.follow(file)
    assert clock.offset() == timedelta()
    for days in (30, 90, -10):
        clock.set_offset(file, timedelta(days=days))
        assert abs(clock.now() - datetime.now(UTC) - timedelta(days=days)) < timedelta(seconds=1)


@pytest.mark.parametrize(
    ("zone", "moment", "day"),
    [
        ("UTC", "2027-03-31T23:59:59+00:00", "2027-03-31"),
        ("Africa/Nairobi", "2027-03-31T20:59:59+00:00", "2027-03-31"),
        ("Africa/Nairobi", "2027-03-31T21:00:00+00:00", "2027-04-01"),
        ("America/Lima", "2027-04-01T04:59:59+00:00", "2027-03-31"),
        ("Asia/Kathmandu", "2027-03-31T18:15:00+00:00", "2027-04-01"),
        ("Europe/Lisbon", "2027-03-31T23:00:00+00:00", "2027-04-01"),  # summer time
    ],
)
def test_days_begin_in_the_instances_time_zone(monkeypatch, zone, moment, day):
    clock.set_zone(zone)
    monkeypatch.setattr(clock, "now", lambda: datetime.fromisoformat(moment))
    assert clock.today() == clock.day_of(clock.now()) == date.fromisoformat(day)
    assert clock.zone() == zone
    assert clock.noon(clock.today()).tzinfo == UTC
    assert clock.day_of(clock.noon(clock.today())) == clock.today()
