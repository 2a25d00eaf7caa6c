"""Bulk submit: good lines stand, the rest is reported line by line, the same load changes nothing."""

import asyncio
from dataclasses import asdict

import sqlalchemy as sa
from msgspec.structs import replace

from services.assessment.cycles.commands import cycles
from services.assessment.ratings.commands import bulk
from services.assessment.results.commands import closing
from services.assessment.scoring import gaps
from services.assessment.tables.cycles import prevalence
from services.assessment.tables.ratings import assessment, rater_request, response, result
from shared.auth.caller import Caller, subject_key
from shared.database.engine import Database
from tests.assessment.cycles.test_cycles import opened, rows, run
from tests.assessment.ratings.test_submit import accepted, count, requests_about
from tests.assessment.world import ISSUER, PEPPER, identity

FOURS = [4] * 33


def line(request, ratings=None, **changes) -> bulk.Line:
    values = {
        "assessment_id": request["assessment_id"],
        "rater_person_id": request["person_id"],
        "category": request["category"],
        "ratings": ratings or FOURS,
    }
    return bulk.Line(**(values | changes))


def clerk(name: str = "programme", units=("N",), *, client: bool = False) -> Caller:
    """Who enters answers on behalf of others."""
    return Caller(frozenset({"programme-manager"}), units, subject_key(PEPPER, ISSUER, name), client)


async def load(
    database: Database,
    lines: list[bulk.Line],
    units=("N",),
    chunk: int = 1000,
    by: Caller | None = None,
    wait: bool = False,
) -> bulk.Report:
    report = bulk.Report(received=len(lines))
    numbered = list(enumerate(lines, 1))
    async with database.transaction() as connection:
        await bulk.begin(connection)
        for first in range(0, len(numbered), chunk):
            rows_ = numbered[first : first + chunk]
            await bulk.load(connection, by or clerk(units=units), rows_, report, awaiting_confirmation=wait)
    return report


def codes(report: bulk.Report) -> dict[int, str]:
    return {item["line"]: item["code"] for item in report.rejected}


async def everything(database: Database, cycle_id) -> list[bulk.Line]:
    select = sa.select(rater_request).join(assessment).where(assessment.c.cycle_id == cycle_id)
    return [line(item) for item in await rows(database, select.order_by(rater_request.c.request_id))]


async def test_a_whole_cycle_loads_and_completes_and_the_same_again_changes_nothing(country: Database):
    row = await opened(country)
    lines = await everything(country, row["cycle_id"])
    report = await load(country, lines, chunk=7)
    assert (report.created, report.rejected_count, report.completing) == (len(lines), 0, 10)
    assert await run(country, closing.settle) == 10
    found = await rows(country, sa.select(result.c.scores).where(result.c.cycle_id == row["cycle_id"]))
    assert [item["scores"] for item in found] == [[400] * 11] * 10
    again = await load(country, lines, chunk=5)
    assert asdict(again) == asdict(bulk.Report(received=len(lines), unchanged=len(lines)))
    assert await run(country, closing.settle) == 0


async def test_the_same_line_twice_in_one_load_counts_once_and_another_answer_is_a_conflict(
    country: Database,
):
    row = await opened(country, unit_code="N1")
    first, second, *_ = await everything(country, row["cycle_id"])
    other = bulk.Line(first.rater_person_id, first.category, [2] * 33, first.assessment_id)
    report = await load(country, [first, first, other, second])
    assert (report.created, report.unchanged, codes(report)) == (2, 1, {3: "already-answered"})
    report = await load(country, [other, first])
    assert (report.created, report.unchanged, codes(report)) == (0, 1, {1: "already-answered"})
    stored = sa.select(response.c.ratings).join(
        rater_request, response.c.request_id == rater_request.c.request_id
    )
    mine = stored.where(
        rater_request.c.assessment_id == first.assessment_id,
        rater_request.c.person_id == first.rater_person_id,
    )
    assert [item["ratings"] for item in await rows(country, mine)] == [FOURS]


async def test_bad_lines_are_told_by_what_is_wrong_and_the_good_ones_stand(country: Database):
    row = await opened(country)
    about = {item["category"]: item for item in await requests_about(country, row["cycle_id"], "a0")}
    away = (await requests_about(country, row["cycle_id"], "c0"))[0]
    own, manager, peer = about["self"], about["manager"], about["peer"]
    stranger = {**peer, "person_id": identity("nobody")}
    outsider = {**peer, "person_id": identity("a3-ward0"), "category": "partner"}
    lines = [
        line(own),
        line({**own, "assessment_id": identity("none")}),
        line(away),
        line(manager, [3] * 32),
        line(peer, relevance=[3] * 11),
        line({**peer, "category": "report"}),
        line(stranger),
        line({**outsider, "category": "self"}),
        line({**outsider, "category": "manager"}),
        line(outsider),
    ]
    report = await load(country, lines, units=("N1",))
    assert codes(report) == {
        2: "assessment-unknown",
        3: "assessment-unknown",
        4: "ratings-length",
        5: "relevance-not-asked",
        6: "category-differs",
        7: "person-unknown",
        8: "category-not-allowed",
        9: "manager-already-asked",
    }
    assert report.created == 2
    (found,) = await rows(
        country, sa.select(assessment).where(assessment.c.assessment_id == own["assessment_id"])
    )
    requests = await requests_about(country, row["cycle_id"], "a0")
    assert found["awaited"] == sum(item["state"] in ("invited", "accepted") for item in requests)
    assert {item["category"] for item in requests if item["state"] == "answered"} == {"self", "partner"}


async def test_an_assessment_may_be_named_by_cycle_and_post(country: Database):
    row = await opened(country, unit_code="N1")
    own = next(
        item for item in await requests_about(country, row["cycle_id"], "a1") if item["category"] == "self"
    )
    named = line(own, assessment_id=None, cycle_id=row["cycle_id"], post_id=identity("post a1"))
    assert (await load(country, [named])).created == 1
    lost = line(own, assessment_id=None, cycle_id=row["cycle_id"], post_id=identity("post none"))
    assert codes(await load(country, [lost])) == {1: "assessment-unknown"}


async def test_stored_lines_wait_for_no_lock_and_tell_nothing_outside_the_callers_units(country: Database):
    row = await opened(country, unit_code="N1")
    lines = await everything(country, row["cycle_id"])
    await load(country, lines)
    async with country.transaction() as other:
        await other.execute("select from assessment where cycle_id = $1 for update", row["cycle_id"])
        async with asyncio.timeout(20):
            again = await load(country, lines)
    assert (again.unchanged, again.rejected_count) == (len(lines), 0)
    outside = await load(country, lines, units=("S",))
    assert outside.unchanged == 0
    assert set(codes(outside).values()) == {"assessment-unknown"}


async def test_a_closed_cycle_takes_no_lines_but_knows_those_it_has(country: Database):
    row = await opened(country, unit_code="N1")
    requests = await accepted(country, row["cycle_id"], "a2")
    await load(country, [line(requests[0])])
    async with country.session() as session:
        await cycles.close(session, await cycles.locked(session, row["cycle_id"]))
    report = await load(country, [line(requests[0]), line(requests[1])])
    assert (report.unchanged, codes(report)) == (1, {2: "cycle-closed"})
    assert await count(country, response, response.c.assessment_id == requests[0]["assessment_id"]) == 1


async def test_prevalence_is_frozen_at_close_and_counts_in_the_next_cycle(country: Database):
    row = await opened(country, unit_code="N1")
    lines = await everything(country, row["cycle_id"])
    await load(country, [replace(item, ratings=[3] * 33) for item in lines])
    await run(country, closing.settle)
    async with country.session() as session:
        await cycles.close(session, await cycles.locked(session, row["cycle_id"]))
    await run(country, closing.finish_cycles)
    frozen = await rows(country, sa.select(prevalence).where(prevalence.c.cycle_id == row["cycle_id"]))
    assert {item["unit_code"]: (item["assessed"], item["shares"]) for item in frozen} == {
        code: (6, [50] * 11) for code in ("N", "N1", "D1", "F1")
    }
    later = await opened(country, unit_code="N1")
    found = await rows(country, sa.select(assessment).where(assessment.c.cycle_id == later["cycle_id"]))
    assert [item["prevalence"] for item in found] == [[50] * 11] * 6
    await load(
        country, [replace(item, ratings=[3] * 33) for item in await everything(country, later["cycle_id"])]
    )
    await run(country, closing.settle)
    (first, *_) = await rows(country, sa.select(result).where(result.c.cycle_id == later["cycle_id"]))
    # Gap 1.00, weight 2 of a key competency, relevance 3; of six people a prevalence of 0.50 says nothing.
    assert first["priorities"][0]["priority"] == 300


async def test_the_band_that_is_frozen_is_the_rules_own(database: Database):
    numbers = "generate_series(0, 40) as scored cross join lateral generate_series(0, scored) as below"
    async with database.reading() as session:
        found = (await session.execute(sa.text(f"select below, scored, {cycles.BAND} from {numbers}"))).all()
    assert [(below, scored, band) for below, scored, band in found] == [
        (below, scored, gaps.prevalence(below, scored)) for below, scored, _ in found
    ]
