"""Each date of the calendar has one release of headcounts, in the quarter of the day before."""

from datetime import date

import pytest

from services.registry.national.commands.headcount_releases import released_at
from shared.releases import due_dates
from shared.settings import Settings


@pytest.mark.parametrize(
    ("today", "periods"),
    [
        ("2026-09-30", ["2026Q3"]),
        ("2026-10-01", ["2026Q3"]),  # it closes
        ("2026-10-31", ["2026Q3"]),  # late, if the instance was away
        ("2026-11-01", ["2026Q4"]),  # the quarter before is not released again
        ("2027-01-01", ["2026Q4"]),
    ],
)
def test_headcounts_of_the_day_before_the_latest_date(today: str, periods: list[str]) -> None:
    assert released_at(date.fromisoformat(today)) == periods


def test_a_quarter_that_closes_late_has_no_headcounts_of_the_next() -> None:
    due_dates.follow(Settings(service="registry", release_close_after=10))
    try:
        assert released_at(date(2026, 10, 1)) == ["2026Q3"]
        assert released_at(date(2026, 10, 10)) == []
    finally:
        due_dates.follow(Settings(service="registry"))
