"""Reading assessments, their raters, results and a person's history."""

from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.cycles.queries import within
from services.assessment.results.queries import comparison
from services.assessment.results.queries.group_readers import withheld, without_groups
from services.assessment.tables import directory
from services.assessment.tables.ratings import assessment, rater_request, response, result
from shared import clock
from shared.auth import rights
from shared.auth.caller import Caller
from shared.auth.rights import Reach
from shared.directory import authorization
from shared.directory.tables import WRITERS, erased_people, held_on
from shared.errors import Conflict, Forbidden, NotFound
from shared.events.framework import COMPETENCIES, SCALE
from shared.http.paging import Page, page

READ = "assessment.read"
_RESULTS = sa.select(result, assessment.c.framework_code, assessment.c.framework_version).join(assessment)
# Whether a person has written a post of the subject or their own since an assessment was opened, by any sign-in;
# or the assessed post was withdrawn, so that nothing says by whom.
_MOVED = sa.text(f"""
select not exists (select from post where post_id = :post_id) or exists (
    select from post p cross join lateral jsonb_each_text({WRITERS}) as written(key, at)
    where p.person_id in (:person_id, :me) and written.at::timestamptz >= :opened_at and (written.key = :key
        or written.key in (select subject_key from subject where person_id = :me)))
""")
SHOWN = [
    column
    for column in assessment.columns
    if column.name not in ("targets", "weights", "prevalence", "follow_up_id", "awaited")
]


def _team(person: UUID) -> sa.Select[tuple[UUID]]:
    """The people whose posts report to a post that `person` holds today."""
    mine, theirs = directory.post.alias("mine"), directory.post.alias("theirs")
    held = [held_on(post, clock.today()) for post in (mine, theirs)]
    both = mine.join(theirs, theirs.c.manager_post_id == mine.c.post_id)
    return sa.select(theirs.c.person_id).select_from(both).where(mine.c.person_id == person, *held)


async def _visible(session: AsyncSession, caller: Caller) -> sa.ColumnElement[bool]:
    """For lists what `one` says of one: own and team assessments, and by role those inside the units."""
    rights.require(caller, READ)
    reach = rights.reaches(caller, READ)
    person = await authorization.caller_person(session, caller)
    allowed: list[sa.ColumnElement[bool]] = []
    if person is not None and Reach.SELF in reach:
        allowed.append(assessment.c.person_id == person)
    if person is not None and Reach.TEAM in reach:
        allowed.append(assessment.c.person_id.in_(_team(person)))
    if Reach.UNITS in reach:
        remembered = assessment.c.person_id.not_in(erased_people())
        allowed.append(within(caller, assessment.c.unit_code) & remembered)
    return sa.or_(sa.false(), *allowed)


async def listing(
    session: AsyncSession, caller: Caller, wanted: Page, filters: dict[str, Any], period: str | None
) -> dict[str, Any]:
    """A page of the assessments that the caller may see; `filters` by column, `period` of completion."""
    select = sa.select(*SHOWN).where(await _visible(session, caller))
    for name, value in filters.items():
        if value is not None:
            select = select.where(assessment.c[name] == value)
    if period is not None:
        ended = sa.select(result.c.assessment_id).where(result.c.period == period)
        select = select.where(assessment.c.assessment_id.in_(ended))
    return await page(session, select, [assessment.c.assessment_id], wanted)


async def one(
    session: AsyncSession, caller: Caller, assessment_id: UUID, right: str = READ
) -> dict[str, Any]:
    """One assessment with targets, which the caller has the right to.

    Raises NotFound `assessment-unknown`, also for one not to be seen; Forbidden `role-missing` without
    the right, also for one that the caller may see alone.
    """
    row, relations = await _standing(session, caller, assessment_id, right)
    if row is not None and _decide(caller, right, relations, row):
        return row
    if row is not None and right != READ and _decide(caller, READ, relations, row):
        raise rights.missing(right)
    raise NotFound("assessment-unknown", "There is no such assessment, or none that you may see.")


async def _standing(
    session: AsyncSession, caller: Caller, assessment_id: UUID, right: str
) -> tuple[dict[str, Any] | None, frozenset[Reach]]:
    """An assessment, if there is one, and its relations to the caller; the same work for one and none."""
    rights.require(caller, right)
    select = sa.select(assessment).where(assessment.c.assessment_id == assessment_id)
    row = (await session.execute(select)).mappings().one_or_none()
    about = (row["person_id"], row["unit_code"]) if row else (authorization.NOBODY, "")
    return (dict(row) if row else None), await authorization.relations(session, caller, *about)


def _decide(caller: Caller, right: str, relations: frozenset[Reach], row: dict[str, Any]) -> bool:
    return rights.decide(caller, right, relations, person=row["person_id"], unit=row["unit_code"]) is not None


async def raters(session: AsyncSession, caller: Caller, assessment_id: UUID) -> dict[str, Any]:
    """How many were asked by relation; who and how far, only for who oversees the assessment's unit.

    The subject and their manager do not see who has answered, whatever other role they hold: with
    the moment of an answer and a small group that would tell on raters. Nor does who was the manager
    when the raters were asked. So their numbers are those of the opening and never change: not when
    somebody declines, nor when somebody whom they name was asked already. A follow-up asks who has
    answered before, so that it has no numbers for them.
    """
    row = await one(session, caller, assessment_id)
    mine = rater_request.c.assessment_id == assessment_id
    sees = await sees_raters(session, caller, row)
    if sees:
        counted = mine & rater_request.c.state.not_in(("declined", "withdrawn"))
    else:
        at_opening = rater_request.c.invited_at == row["opened_at"]
        counted = mine & at_opening & sa.literal(row["kind"] != "follow-up")
    counts = sa.select(rater_request.c.category, sa.func.count().label("asked")).where(counted)
    rows = await session.execute(counts.group_by(rater_request.c.category).order_by(rater_request.c.category))
    answer: dict[str, Any] = {"asked": [dict(each) for each in rows.mappings()], "requests": None}
    if sees:
        # Whether an answer was typed in, not whether it was confirmed: that would tell of a second entry
        # whether it equals the first.
        entered = response.c.typed_by.is_not(None).label("typed_in")
        shown = [column for column in rater_request.columns if column.name != "independent"]
        its = (response.c.assessment_id == assessment_id) & (
            response.c.request_id == rater_request.c.request_id
        )
        select = (
            sa.select(*shown, entered)
            .select_from(rater_request.outerjoin(response, its))
            .where(mine)
            .order_by(rater_request.c.category, rater_request.c.request_id)
        )
        answer["requests"] = [dict(row) for row in (await session.execute(select)).mappings()]
    return answer


async def sees_raters(session: AsyncSession, caller: Caller, row: dict[str, Any]) -> bool:
    """Whether the caller may know who was asked in an assessment as `one` gives it, and who answered.

    Not who was asked as the manager, nor who wrote, since the opening, the subject's placement or their own:
    a manager could move the reporting line, read, and put it back.
    """
    relations = await authorization.relations(session, caller, row["person_id"], row["unit_code"])
    if not _decide(caller, "raters.see", relations, row):
        return False
    managing = sa.select(rater_request.c.person_id).where(
        rater_request.c.assessment_id == row["assessment_id"], rater_request.c.category == "manager"
    )
    own = await authorization.caller_person(session, caller)
    if own is None:
        return True
    values = {name: row[name] for name in ("post_id", "person_id", "opened_at")} | {"me": own}
    moved = await session.scalar(_MOVED, values | {"key": caller.subject_key})
    return not moved and own not in set(await session.scalars(managing))


async def require_naming_managers(session: AsyncSession, caller: Caller, row: dict[str, Any]) -> None:
    """Raises Forbidden `manager-by-programme` for who may not choose the rating manager of the assessment."""
    relations = await authorization.relations(session, caller, row["person_id"], row["unit_code"])
    if not _decide(caller, "raters.invite-manager", relations, row):
        raise Forbidden(
            "manager-by-programme",
            "Only a programme manager who is neither the subject nor their manager may name a manager as rater.",
        )


async def outcome(session: AsyncSession, caller: Caller, assessment_id: UUID) -> dict[str, Any]:
    """The result of a completed assessment.

    Raises NotFound as `one`; Conflict `assessment-not-completed`, or `assessment-not-measured` where it
    ended without one scored competency.
    """
    row = await one(session, caller, assessment_id, "result.read")
    if row["state"] == "not-measured":
        raise Conflict(
            "assessment-not-measured", "The assessment ended without answers enough to score any competency."
        )
    if row["state"] != "completed":
        raise Conflict("assessment-not-completed", f"The assessment is {row['state']}; it shows no figures.")
    select = sa.select(result).where(result.c.assessment_id == assessment_id)
    found = (await session.execute(select)).mappings().one()
    shown = _result(found) | {name: row[name] for name in ("kind", "role_code", "post_id", "weights")}
    return without_groups(shown) if await withheld(session, caller, [assessment_id]) else shown


async def history(session: AsyncSession, caller: Caller, person_id: UUID, wanted: Page) -> dict[str, Any]:
    """A page of a person's completed assessments, oldest first, each with its change since the one before.

    Of a change `significant` is null where a group has too few raters to tell it (`reliable_change.may_be_shown`).
    `not_comparable` says of which competencies there is no change, and why. Raises NotFound
    `person-unknown` for a person whom the caller may not see.
    """
    await authorization.person_access(session, caller, "result.read", person_id)
    select = _RESULTS.where(result.c.person_id == person_id)
    found = await page(session, select, [result.c.completed_at, result.c.assessment_id], wanted)
    before = await _before(session, person_id, found["items"])
    items = []
    ungrouped = await withheld(session, caller, [row["assessment_id"] for row in found["items"]])
    for row in found["items"]:
        others = await comparison.apart(session, before, row)
        shown = _result(row) | {"changes": comparison.changed(before, row, others), "not_comparable": others}
        items.append(without_groups(shown) if row["assessment_id"] in ungrouped else shown)
        before = row
    return {"person_id": person_id, "items": items, "next": found["next"]}


async def _before(session: AsyncSession, person_id: UUID, items: list[dict[str, Any]]) -> Any:
    if not items:
        return None
    earlier = (result.c.person_id == person_id) & (result.c.completed_at < items[0]["completed_at"])
    select = _RESULTS.where(earlier).order_by(result.c.completed_at.desc()).limit(1)
    return (await session.execute(select)).mappings().one_or_none()


def _result(row: Any) -> dict[str, Any]:
    """A result as shown, in hundredths; `counts` and `variances` stay inside.

    A gap that rests on the self score alone is marked in the ranking too, also where it was stored before.
    """
    internal = ("counts", "variances")
    marks = dict(zip(COMPETENCIES, row["unverified"], strict=True))
    ranked = [{**item, "unverified": marks[item["competency"]]} for item in row["priorities"]]
    shown = {name: row[name] for name in row if name not in internal}
    return {"scale": SCALE, "competencies": COMPETENCIES} | shown | {"priorities": ranked}
