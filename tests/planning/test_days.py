"""Days of activities are those of the instance's time zone."""

from datetime import UTC, date, datetime

import pytest

from services.planning.plans.commands.activities import _moment
from shared import clock
from shared.errors import Invalid

STARTED = datetime(2027, 3, 31, 21, 30, tzinfo=UTC)  # half past midnight on 1 April in Nairobi


@pytest.fixture(autouse=True)
def nairobi(monkeypatch):
    clock.set_zone("Africa/Nairobi")
    monkeypatch.setattr(clock, "now", lambda: datetime(2027, 4, 2, 22, 0, tzinfo=UTC))  # 3 April
    yield
    clock.set_zone("UTC")


def test_an_activity_is_completed_between_the_day_it_started_and_today():
    for day in (date(2027, 4, 1), date(2027, 4, 2), date(2027, 4, 3)):
        assert clock.day_of(_moment(STARTED, day)) == day
    for day in (date(2027, 3, 31), date(2027, 4, 4)):
        with pytest.raises(Invalid, match="completion-date-invalid"):
            _moment(STARTED, day)
