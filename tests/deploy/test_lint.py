"""The home-made rules find what they are for, and nothing else."""

import pytest

from deploy.lint import FILE_LINES, check

LONG = "def long():\n" + "    pass\n" * 40


@pytest.mark.parametrize(
    ("path", "source", "said"),
    [
        ("services/planning/commands.py", "await session.commit()", "commit()"),
        ("services/planning/api.py", "import datetime\ndatetime.datetime.now(datetime.UTC)", "shared.clock"),
        ("shared/timers.py", "from datetime import date\ndate.today()", "shared.clock"),
        ("services/planning/queries.py", "QUERY = 'select * from plan where due_on < current_date'", "SQL"),
        ("services/planning/utils.py", "", "'utils' says nothing"),
        ("services/planning/api.py", "\n" * (FILE_LINES + 1), "251 lines"),
        ("deploy/cli.py", LONG, "long has 41 lines"),
    ],
)
def test_a_broken_rule_is_found(path: str, source: str, said: str):
    (finding,) = check(path, source)
    assert said in str(finding)


@pytest.mark.parametrize(
    ("path", "source"),
    [
        ("shared/database.py", "await session.commit()"),
        ("shared/clock.py", "from datetime import UTC, datetime\ndatetime.now(UTC)"),
        ("services/planning/commands.py", "from shared import clock\nclock.now()\nclock.today()"),
        ("tests/planning/test_plans.py", LONG),
        ("services/planning/queries.py", "NOW = 'now()'  # lint: how long a lock was held is real time"),
        ("shared/outbox.py", "QUERY = 'select now()'"),
        ("services/planning/proposal.py", 'def short():\n    """' + "Text.\n" * 60 + '"""\n    pass\n'),
    ],
)
def test_what_is_allowed_is_not_found(path: str, source: str):
    assert list(check(path, source)) == []
