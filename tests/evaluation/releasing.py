"""Releases of indicators in tests: made at once, under one calendar date after the other."""

from datetime import date, timedelta
from itertools import count

from services.evaluation.indicators.commands import indicator_releases
from services.evaluation.indicators.computed import COMPUTED
from shared.releases.due_dates import Due
from tests.evaluation.conftest import Evaluation

NEXT_DAY = count(1)


async def release_all(evaluation: Evaluation) -> None:
    """Release every indicator in every period in which anybody counts, as the timer does when a date has come."""
    as_of = date(2026, 8, 1) + timedelta(days=next(NEXT_DAY))
    trees = await evaluation.rows("select distinct indicator, period from contribution order by 1, 2")
    for cube, period in trees:
        if cube in COMPUTED:
            async with evaluation.database.session() as session:
                assert await indicator_releases.release(session, cube, Due(period, as_of))
