"""Rater requests: accepted, declined, added by hand, withdrawn when a rater leaves."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid4

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.raters.commands import new_manager
from services.assessment.raters.commands.new_manager import expect
from services.assessment.tables.ratings import assessment, rater_request
from shared import clock
from shared.errors import Conflict, FieldError, Invalid, NotFound

MAX_RATERS = 40  # of one assessment, so that a careless client cannot invite a district
BY_HAND = ("manager", "peer", "report", "partner")


@dataclass(frozen=True, slots=True)
class Invitation:
    """One rater to invite and their relation to the assessed person."""

    person_id: UUID
    category: str


@dataclass(frozen=True, slots=True)
class Named:
    """Of those who are named: whom the caller may name, and who is not there but passed over in silence.

    `silent`: the caller must not learn who was asked, so that those who are too many pass in silence, too.
    """

    known: set[UUID]
    absent: set[UUID]
    silent: bool = False


async def answer(session: AsyncSession, request_id: UUID, person_id: UUID, state: str) -> sa.RowMapping:
    """Accept or decline (`state`: accepted, declined) the invitation of the calling person.

    Saying the same again changes nothing; an accepted request may still be declined. Raises
    NotFound `rater-request-unknown`, also for somebody else's, Conflict `request-ended`,
    `assessment-ended`.
    """
    wanted = (rater_request.c.request_id == request_id) & (rater_request.c.person_id == person_id)
    owner = sa.select(rater_request.c.assessment_id).where(wanted).scalar_subquery()
    locked = sa.select(assessment.c.state).where(assessment.c.assessment_id == owner).with_for_update()
    ended = await session.scalar(locked)
    found = (await session.execute(sa.select(rater_request).where(wanted))).mappings().one_or_none()
    if found is None:
        raise NotFound("rater-request-unknown", "There is no such rater request, or none for you.")
    if found["state"] == state:
        return found
    if found["state"] not in ("invited", "accepted"):
        raise Conflict("request-ended", f"The request is {found['state']}.")
    if ended != "open":
        raise Conflict("assessment-ended", f"The assessment is {ended}.")
    if state == "declined":
        await expect(session, found["assessment_id"], -1)
    changed = rater_request.update().where(wanted)
    changed = changed.values(state=state, version=rater_request.c.version + 1)
    row: sa.RowMapping = (await session.execute(changed.returning(rater_request))).mappings().one()
    return row


async def invite(
    session: AsyncSession, assessment_id: UUID, invitations: Sequence[Invitation], named: Named
) -> int:
    """Invite more raters to an open assessment and return how many are new; the same again is none.

    Who was asked already keeps the relation in which they were asked, and nobody is told. A new manager
    takes the place of one who is the manager no longer, also one who was asked as a peer or report and has
    not answered.

    Raises NotFound `assessment-unknown`, Conflict `assessment-ended` and `manager-already-asked`,
    Invalid `raters-invalid` with a pointer to each wrong one.
    """
    wanted = assessment.c.assessment_id == assessment_id
    row = (
        (await session.execute(sa.select(assessment).where(wanted).with_for_update()))
        .mappings()
        .one_or_none()
    )
    if row is None:
        raise NotFound("assessment-unknown", "There is no such assessment.")
    if row["state"] != "open":
        raise Conflict("assessment-ended", f"The assessment is {row['state']}.")
    mine = rater_request.c.assessment_id == assessment_id
    asked = {
        request["person_id"]: request
        for request in (await session.execute(sa.select(rater_request).where(mine))).mappings()
    }
    _check(row["person_id"], asked, invitations, named)
    passed_over = {*asked, *named.absent}
    fresh = {item.person_id: item for item in invitations if item.person_id not in passed_over}
    fresh = dict([*fresh.items()][: max(0, MAX_RATERS - len(asked))])
    managers = {item.person_id for item in invitations if item.category == "manager"}
    promoted = await new_manager.ask(session, row, managers - {*named.absent}, asked)
    if not fresh:
        return promoted
    values = [
        {
            "request_id": uuid4(),
            "assessment_id": assessment_id,
            "person_id": item.person_id,
            "category": item.category,
            "state": "invited",
            "invited_at": clock.now(),
        }
        for item in fresh.values()
    ]
    await session.execute(rater_request.insert(), values)
    await expect(session, assessment_id, len(values))
    return len(values) + promoted


async def withdraw(session: AsyncSession, people: Sequence[UUID]) -> None:
    """Withdraw what people who left had still to do, and the open assessments of themselves.

    An assessment that awaits nobody afterwards is settled by the timer.
    """
    waiting = rater_request.c.state.in_(("invited", "accepted"))
    theirs = rater_request.c.person_id.in_(people) & waiting
    touched = sa.select(rater_request.c.assessment_id).where(theirs)
    about = assessment.c.person_id.in_(people) | assessment.c.assessment_id.in_(touched)
    open_ = sa.select(assessment.c.assessment_id, assessment.c.person_id)
    open_ = open_.where(about, assessment.c.state == "open").order_by(assessment.c.assessment_id)
    rows = (await session.execute(open_.with_for_update())).all()
    if not rows:
        return
    own = [row.assessment_id for row in rows if row.person_id in set(people)]
    ended = assessment.update().where(assessment.c.assessment_id.in_(own))
    await session.execute(
        ended.values(state="withdrawn", awaited=0, ended_at=clock.now(), version=assessment.c.version + 1)
    )
    gone = rater_request.update().values(state="withdrawn", version=rater_request.c.version + 1)
    await session.execute(gone.where(rater_request.c.assessment_id.in_(own), waiting))
    others = [row.assessment_id for row in rows if row.assessment_id not in set(own)]
    left = await session.execute(
        gone.where(theirs, rater_request.c.assessment_id.in_(others)).returning(rater_request.c.assessment_id)
    )
    for assessment_id in sorted(left.scalars()):
        await expect(session, assessment_id, -1)


def _check(
    subject: UUID,
    asked: dict[UUID, sa.RowMapping],
    invitations: Sequence[Invitation],
    named: Named,
) -> None:
    wanted = {item.person_id for item in invitations}
    errors = []
    seen: set[UUID] = set()
    for place, item in enumerate(invitations):
        if item.person_id == subject:
            errors.append(
                FieldError(f"/raters/{place}/person_id", "subject", "The subject is asked already.")
            )
        elif item.person_id not in named.known | named.absent:
            errors.append(
                FieldError(f"/raters/{place}/person_id", "unknown", "There is no such person to be named.")
            )
        elif item.person_id in seen:
            errors.append(FieldError(f"/raters/{place}/person_id", "repeated", "Named twice."))
        seen.add(item.person_id)
    if not named.silent and len(asked) + len(wanted) > MAX_RATERS:  # some of them may have been asked already
        errors.append(FieldError("/raters", "too-many", f"An assessment has at most {MAX_RATERS} raters."))
    if errors:
        raise Invalid("raters-invalid", "Some raters cannot be invited.", errors)
