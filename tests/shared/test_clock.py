"""Domain time moves for everybody who follows the file, and only through it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from shared import clock


@pytest.fixture(autouse=True)
def _real_time_afterwards():
    yield
    clock.follow(None)


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
