"""What a revision may not do is found, and what is excused with a reason is not."""

import pytest

from deploy.revisions import check

TIMEOUT = "set lock_timeout = '5s';\n"


def found(sql: str, source: str = "") -> list[str]:
    """Rules that a revision with this SQL and source breaks."""
    return [
        line.split(": ")[1]
        for line in check({"0009_x.py": source}, {"0009_x.py": f"{TIMEOUT}BEGIN;\n{sql};\nCOMMIT;\n"})
    ]


@pytest.mark.parametrize(
    ("sql", "rule"),
    [
        ("CREATE INDEX ix_plan_state ON plan (state)", "require-concurrent-index-creation"),
        ("ALTER TABLE plan ADD COLUMN note TEXT NOT NULL", "adding-required-field"),
        ("ALTER TABLE plan ALTER COLUMN note SET NOT NULL", "adding-not-nullable-field"),
        ("ALTER TABLE plan DROP COLUMN note", "ban-drop-column"),
        ("ALTER TABLE plan RENAME COLUMN note TO remark", "renaming-column"),
        ("ALTER TABLE plan ALTER COLUMN note TYPE BIGINT", "changing-column-type"),
        ("ALTER TABLE plan ADD CONSTRAINT ck_plan_note CHECK (note > '')", "constraint-missing-not-valid"),
        ("ALTER TABLE plan ADD COLUMN note TEXT;\nUPDATE plan SET note = ''", "one-step"),
        ("UPDATE plan SET state = 'x';\nALTER TABLE plan VALIDATE CONSTRAINT ck_plan_note", "one-step"),
        ("ALTER TABLE plan ADD COLUMN note TEXT;\ndelete from\n  plan where state = 'x'", "one-step"),
        ("ALTER TABLE\n  plan ADD COLUMN note TEXT;\nTRUNCATE TABLE due", "one-step"),
        ("ALTER TABLE plan ADD COLUMN note TEXT;\nDO $$ BEGIN UPDATE plan SET note = ''; END $$", "one-step"),
        ("ALTER TABLE plan ADD COLUMN note TEXT;\nDROP VIEW plans", "one-step"),
    ],
)
def test_what_would_hold_somebody_up_is_found(sql: str, rule: str):
    assert rule in found(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "ALTER TABLE plan ADD COLUMN dropped TEXT;\nCOMMENT ON COLUMN plan.dropped IS 'why'",
        "ALTER TABLE plan ADD COLUMN note TEXT DEFAULT '' NOT NULL",
        "COMMIT;\nCREATE INDEX CONCURRENTLY IF NOT EXISTS ix_plan_state ON plan (state);\nBEGIN",
        "ALTER TABLE plan ADD CONSTRAINT ck_plan_note CHECK (note > '') NOT VALID",
        "UPDATE plan SET state = 'x';\nUPDATE alembic_version SET version_num='0009'",
    ],
)
def test_a_step_of_its_own_is_not_found(sql: str):
    assert found(sql) == []


def test_without_a_lock_timeout_a_change_is_found():
    (line,) = check(
        {"0009_x.py": ""}, {"0009_x.py": "BEGIN;\nALTER TABLE plan ADD COLUMN note TEXT;\nCOMMIT;\n"}
    )
    assert "require-lock-timeout" in line


@pytest.mark.parametrize(
    ("source", "rule"),
    [
        ("op.execute('alter table plan add column note text')", "by-op"),
        ('SQL = """\n  create unique index ix on plan (state)"""', "by-op"),
        ('SQL = """\n  -- why\n  create  index ix on plan (state)"""', "by-op"),
        ("from services.planning.tables import metadata", "no-import"),
        ("import services.planning.tables as tables", "no-import"),
        ("from ...tables import metadata", "no-import"),
    ],
)
def test_a_source_that_is_not_as_it_must_be_is_found(source: str, rule: str):
    assert found("SELECT 1", source) == [rule]


def test_what_is_excused_is_not_found():
    index = "CREATE INDEX ix_plan_state ON plan (state)"
    rule = "require-concurrent-index-creation"
    assert found(index, f"# lint: {rule}: the table is new and empty\n") == []
    assert found(index, f"# lint: {rule}: \n") == [rule], "without a reason"
