"""Quarters as periods."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared import periods
from shared.errors import Invalid


@given(st.dates(min_value=date(1990, 1, 1), max_value=date(2100, 1, 1)))
def test_a_day_lies_within_its_period_and_periods_touch(day: date):
    first, last = periods.bounds(periods.of(day))
    assert first <= day <= last
    assert periods.of(last + timedelta(days=1)) == periods.following(periods.of(day))
    assert periods.of(first - timedelta(days=1)) == periods.previous(periods.of(day))


NONSENSE = ["", "2026", "2026Q5", "2026Q0", "26Q1", "2026Q33", " 2026Q3", "0000Q1", "9999Q4"]


@pytest.mark.parametrize("text", NONSENSE)
def test_nonsense_is_refused_with_a_pointer(text: str):
    with pytest.raises(Invalid) as refused:
        periods.bounds(text)
    assert refused.value.code == "period-malformed"
    assert refused.value.errors[0].pointer == "/period"
