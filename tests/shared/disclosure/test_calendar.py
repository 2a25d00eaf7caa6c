"""The dates of releases."""

from datetime import date

import pytest

from shared.disclosure.calendar import Calendar


def test_a_quarter_is_released_monthly_and_at_its_close():
    assert Calendar().dates("2026Q3") == (date(2026, 8, 1), date(2026, 9, 1), date(2026, 10, 1))
    assert Calendar(close_after=20).dates("2026Q4") == (
        date(2026, 11, 1), date(2026, 12, 1), date(2027, 1, 1), date(2027, 1, 20)
    )  # fmt: skip
    assert Calendar(months=3, day=15).dates("2026Q3") == (date(2026, 7, 15), date(2026, 10, 1))


@pytest.mark.parametrize(
    ("last", "today", "due"),
    [
        (None, date(2026, 7, 1), None),
        (None, date(2026, 7, 31), None),
        (None, date(2026, 8, 1), date(2026, 8, 1)),
        (date(2026, 8, 1), date(2026, 8, 31), None),
        (date(2026, 8, 1), date(2026, 9, 2), date(2026, 9, 1)),
        (None, date(2026, 9, 2), date(2026, 9, 1)),
        (date(2026, 9, 1), date(2026, 10, 1), date(2026, 10, 1)),
        (date(2026, 10, 1), date(2028, 2, 29), date(2028, 2, 1)),
    ],
)
def test_one_release_is_due_however_many_dates_went_by(last, today, due):
    assert Calendar().due("2026Q3", last, today) == due


@pytest.mark.parametrize("wrong", [{"months": 0}, {"day": 29}, {"day": 0}, {"close_after": 0}])
def test_a_calendar_that_cannot_be_is_refused(wrong):
    with pytest.raises(ValueError, match="calendar"):
        Calendar(**wrong)
