"""Revisions that move data, over rows that stood there before."""

import asyncpg

from deploy import database
from tests.deploy.test_migrations import empty
from tests.servers import Databases

_ASSESSMENT = """
insert into assessment (assessment_id, kind, person_id, post_id, unit_code, role_code, level, framework_code,
    framework_version, targets, weights, prevalence, due_on, state, awaited, opened_at)
select gen_random_uuid(), kind, gen_random_uuid(), gen_random_uuid(), 'F1', 'r', 'I', 'steward-core', 1, '{}',
    '{}', '{}', '2030-01-01', state, 1, '2026-01-01'
from (values ('cycle', 'open'), ('cycle', 'completed'), ('follow-up', 'open')) v(kind, state)
"""
_REQUESTS = """
insert into rater_request (request_id, assessment_id, person_id, category, state, version, invited_at)
select gen_random_uuid(), assessment_id, gen_random_uuid(), category, 'answered', versions, invited_at::timestamptz
from assessment, (values ('self', 2, '2026-01-01'), ('manager', 2, '2026-01-01'), ('peer', 3, '2026-01-01'),
    ('peer', 2, '2026-01-01'), ('report', 3, '2026-01-01'), ('peer', 3, '2026-01-02'), ('peer', 1, '2026-01-03')
) v(category, versions, invited_at)
"""
_RESPONSES = """
insert into response (assessment_id, request_id, ratings, submitted_at)
select assessment_id, request_id, '{3}', '2026-02-01' from rater_request
"""
_FOUND = """
select r.category, r.version, r.invited_at::date::text, r.independent, s.confirmed
from assessment join rater_request r using (assessment_id) join response s using (request_id)
where kind = $1 and assessment.state = $2 order by 1, 2, 3
"""


async def test_of_open_assessments_who_was_asked_at_opening_counts_and_what_was_typed_in_does_not(
    databases: Databases,
):
    url = await empty(databases, "assessment")
    await database.migrate("assessment", url, "0006")
    connection = await asyncpg.connect(url)
    try:
        for statement in (_ASSESSMENT, _REQUESTS, _RESPONSES):
            await connection.execute(statement)
        await database.migrate("assessment", url)
        assert [tuple(row) for row in await connection.fetch(_FOUND, "cycle", "open")] == [
            ("manager", 2, "2026-01-01", False, False),  # answered without having accepted: typed in
            ("peer", 1, "2026-01-03", False, False),  # asked by nobody
            ("peer", 2, "2026-01-01", True, False),
            ("peer", 3, "2026-01-01", True, True),
            ("peer", 3, "2026-01-02", False, True),  # named by hand
            ("report", 3, "2026-01-01", True, True),
            ("self", 2, "2026-01-01", False, True),  # starts accepted
        ]
        for kind, state in (("cycle", "completed"), ("follow-up", "open")):
            assert {tuple(row)[3:] for row in await connection.fetch(_FOUND, kind, state)} == {(False, True)}
    finally:
        await connection.close()
    databases.drop(url)


_PEOPLE = """
insert into person (version, source, family_name, recorded_at, recorded_by)
select 1, 'client', 'Kamara', '2026-01-01', 'client' from generate_series(1, 3)
"""
_POSTS = """
insert into post (version, source, person_id, unit_code, role_code, valid_from, acting, primary_claim, recorded_at,
    recorded_by)
select 1, 'client', person_id, 'F1', 'r', '2026-01-01', false, false, '2026-01-01', 'client'
from (select person_id from person order by person_id limit 2) p, generate_series(1, 2)
"""


async def test_everybody_with_a_post_is_due_to_be_published_once_more(databases: Databases):
    url = await empty(databases, "registry")
    await database.migrate("registry", url, "0005")
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_PEOPLE)
        await connection.execute(_POSTS)
        await database.migrate("registry", url)
        due = await connection.fetch("select person_id from agenda where due_on < '2000-01-01' order by 1")
        assert due == await connection.fetch("select distinct person_id from post order by 1")
        assert len(due) == 2
    finally:
        await connection.close()
    databases.drop(url)


_UNITS = """
insert into unit (unit_code, version, name, level, type, path, parent, open_from, recorded_at, recorded_by)
values ('SL', 4, 'Country', 'country', 'x', '{SL}', null, '2020-01-01', '2026-01-01', 'client'),
    ('F1', 1, 'Clinic', 'facility', 'x', '{SL,F1}', 'SL', '2020-01-01', '2026-01-01', 'client')
"""


async def test_every_unit_is_due_to_be_published_once_more(databases: Databases):
    url = await empty(databases, "registry")
    await database.migrate("registry", url, "0016")
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(_UNITS)
        await database.migrate("registry", url)
        due = await connection.fetch("select unit_code from unit_agenda order by 1")
        assert [row["unit_code"] for row in due] == ["F1", "SL"]
    finally:
        await connection.close()
    databases.drop(url)
