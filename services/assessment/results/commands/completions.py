"""Scoring what nobody is awaited for any more: once, in the transaction that noticed it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import compress, groupby
from typing import Any
from uuid import UUID

import asyncpg
import orjson

from services.assessment.frameworks.commands import instruments
from services.assessment.results.commands import completion_events
from services.assessment.results.commands.scores import Scores, score
from services.assessment.scoring import typists
from services.assessment.scoring.anonymity import Parties
from services.assessment.scoring.completion import ended, enough
from services.assessment.scoring.typists import Elsewhere, Origin
from shared import clock
from shared.database.arrays import literal
from shared.messaging import outbox

Connection = asyncpg.Connection

_GATHER = """
select a.assessment_id, a.kind, a.cycle_id, a.plan_id, a.follow_up_days, a.person_id, a.post_id, a.unit_code,
    a.role_code, a.level, a.framework_code, a.framework_version, a.targets, a.weights, a.prevalence,
    a.version, a.awaited, r.category, r.independent and s.confirmed as independent, s.ratings, s.relevance,
    s.submitted_at, r.person_id::text as rater, coalesce(typist.person_id::text, s.typed_by) as typist,
    coalesce(checker.person_id::text, s.checked_by) as checker,
    exists (select from assessment o where o.person_id = a.person_id and o.assessment_id <> a.assessment_id
        and (o.state = 'open' or o.state = 'completed' and o.ended_at > a.opened_at)) as beside,
    p.assessment_id as previous_id, p.completed_at, p.period, p.unit_code as previous_unit,
    p.level as previous_level, p.scores as previous_scores, p.others as previous_others,
    k.person_id as opened_for
from assessment a
left join rekeyed_row k on k.kind = 'assessment' and k.row_id = a.assessment_id
left join (response s join rater_request r using (assessment_id, request_id))
    on s.assessment_id = a.assessment_id and r.state <> 'withdrawn'
left join subject typist on typist.subject_key = s.typed_by
left join subject checker on checker.subject_key = s.checked_by
left join lateral (
    select * from result where result.person_id = a.person_id order by completed_at desc limit 1
) p on true
where a.assessment_id = any($1::uuid[]) and a.state = 'open'
order by a.assessment_id, r.category, s.request_id
"""

# Of two assessments of a person that end at one moment the second sees the first.
_ONE_BY_ONE = """
select pg_advisory_xact_lock(hashtextextended(person_id, 30))
from (select distinct unnest($1::text[]) as person_id order by 1) people
"""
# What others than the subject and the manager answered in assessments that were open at the same time.
_BESIDE = """
select a.assessment_id, o.assessment_id::text as other, r.person_id::text as rater, r.category,
    r.independent and s.confirmed as independent
from assessment a join assessment o using (person_id, framework_code, framework_version, level)
join rater_request r on r.assessment_id = o.assessment_id
join response s on s.assessment_id = o.assessment_id and s.request_id = r.request_id
where a.assessment_id = any($1::uuid[]) and o.assessment_id <> a.assessment_id and o.state = 'completed'
    and o.ended_at > a.opened_at and r.category not in ('self', 'manager')
"""

# Arrays travel as literals: unnest() would flatten an array of arrays.
_STORE = """
with ended as (
    update assessment a set state = d.state, version = a.version + 1, ended_at = $1, awaited = 0
    from unnest($2::uuid[], $3::text[]) as d(assessment_id, state)
    where a.assessment_id = d.assessment_id
), expired as (
    update rater_request set state = 'expired', version = version + 1
    where assessment_id = any($2::uuid[]) and state in ('invited', 'accepted')
), published as (
    insert into outbox (event_id, aggregate_id, subject, payload)
    select * from unnest($4::uuid[], $5::text[], $6::text[], $7::bytea[])
)
insert into result (assessment_id, person_id, cycle_id, unit_code, level, period, completed_at, scores, others,
    self_scores, targets, gaps, unverified, counts, variances, priorities, groups, quality)
select a.assessment_id, a.person_id, a.cycle_id, a.unit_code, a.level, d.period, $1, d.scores::smallint[],
    d.others::smallint[], d.self_scores::smallint[], a.targets, d.gaps::smallint[], d.unverified::boolean[],
    d.counts::smallint[], d.variances::int[], d.priorities::jsonb, d.groups::jsonb, d.quality::jsonb
from unnest($8::uuid[], $9::text[], $10::text[], $11::text[], $12::text[], $13::text[], $14::text[], $15::text[],
        $16::text[], $17::text[], $18::text[], $19::text[])
    as d(assessment_id, period, scores, others, self_scores, gaps, unverified, counts, variances, priorities,
        groups, quality)
join assessment a using (assessment_id)
"""


async def complete_one(connection: Connection, assessment_id: UUID) -> str:
    """Score one assessment whose row the caller has locked; returns its state afterwards."""
    return (await complete(connection, [assessment_id]))[assessment_id]


async def complete(connection: Connection, assessment_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Score or expire open assessments that the caller has locked *in an earlier statement*.

    One in which nothing could be scored is not measured: it has no result, and `completed` is not published
    of it, so that it counts nowhere. Of a re-rating that ends without a score that is published. Locked
    earlier, because a statement that waits for a lock reads everything else as of its start and would miss
    the response of the rater it waited for. Each state is published or ended once; returns the new state of
    each. Two statements, whatever the number, and two more where somebody has another assessment at the same
    time; then one of the two is left for the next call.
    """
    moment = clock.now()
    rows = await connection.fetch(_GATHER, list(assessment_ids))
    first_of: dict[UUID, UUID] = {}  # of a person who has two the next call takes the other
    rows = [
        row
        for row in rows
        if first_of.setdefault(row["person_id"], row["assessment_id"]) == row["assessment_id"]
    ]
    beside = await _beside(connection, [row for row in rows if row["beside"]])
    states: dict[UUID, str] = {}
    results: list[tuple[UUID, str, Scores]] = []
    events: list[outbox.Entry] = []
    for key, group in groupby(rows, key=lambda row: row["assessment_id"]):
        first, *others = group
        answers = [row for row in (first, *others) if row["ratings"]]
        given = [(row["category"], row["ratings"], row["relevance"]) for row in answers]
        if not enough(
            [(row["category"], row["independent"]) for row in answers], forced=first["awaited"] > 0
        ):
            states[key] = "expired"
            continue
        instrument = await instruments.instrument(
            connection, first["framework_code"], first["framework_version"], first["level"]
        )
        independent = [row["independent"] for row in answers]
        protection = _protection(answers, beside.get(key))
        factors = first["targets"], first["weights"], first["prevalence"]
        scores, counts = score(instrument, given, *factors, independent, *protection)
        states[key] = ended(scores.scores)
        if states[key] != "completed":
            continue
        last = max(row["submitted_at"] for row in compress(answers, counts))
        event = completion_events.completed(first, scores, moment, clock.day_of(last), instrument.marks)
        results.append((key, event.period, scores))
        events.append((event, str(key), first["version"] + 1))
    if states:
        events += completion_events.unscored(rows, states, moment)
        await _store(connection, moment, states, results, events)
    return states


async def _beside(connection: Connection, rows: Sequence[Any]) -> dict[UUID, list[Elsewhere]]:
    """Answers in other assessments of the same people that were open at the same time as those of `rows`."""
    found: dict[UUID, list[Elsewhere]] = defaultdict(list)
    if rows:
        await connection.execute(_ONE_BY_ONE, [str(row["person_id"]) for row in rows])
        for key, *answer in await connection.fetch(_BESIDE, [row["assessment_id"] for row in rows]):
            found[key].append(Elsewhere(*answer))
    return found


def _protection(
    answers: Sequence[Any], beside: Sequence[Elsewhere] | None
) -> tuple[list[Parties], Mapping[str, Sequence[str]] | None]:
    """Who knows which answers, as `scores.score` takes it."""
    origins = [Origin(row["rater"], row["typist"], row["checker"]) for row in answers]
    known = typists.known_to(origins)
    return (known, None) if beside is None else typists.known_elsewhere(origins, known, beside)


async def _store(
    connection: Connection,
    moment: datetime,
    states: dict[UUID, str],
    results: list[tuple[UUID, str, Scores]],
    events: list[outbox.Entry],
) -> None:
    sent = [outbox.row(entry) for entry in events]
    found = [
        (
            key, period, literal(item.scores), literal(item.others), literal(item.self_scores),
            literal(item.gaps), literal(item.unverified), literal(item.counts), literal(item.variances),
            _json(item.priorities), _json(item.groups), _json(item.quality),
        )
        for key, period, item in results
    ]  # fmt: skip
    await connection.execute(
        _STORE, moment, list(states), list(states.values()), *_columns(sent, 4),
        *_columns(found, 12),
    )  # fmt: skip


def _columns(rows: Iterable[tuple[Any, ...]], width: int) -> list[list[Any]]:
    """Rows as columns, also when there are none."""
    return [list(column) for column in zip(*rows, strict=True)] or [[] for _ in range(width)]


def _json(value: object) -> str:
    return orjson.dumps(value, default=_plain).decode()


def _plain(value: Any) -> Any:
    return {name: getattr(value, name) for name in value.__struct_fields__}
