"""Reading rater requests, as the person who was asked."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncSession

from services.assessment.tables.frameworks import framework_version
from services.assessment.tables.ratings import assessment, rater_request, response
from shared import clock
from shared.auth.asked_raters import MINUTE, Subject
from shared.auth.caller import Caller
from shared.directory import authorization
from shared.errors import NotFound
from shared.http.paging import Page, page

GIVE = "rating.give"
_ABOUT = [assessment.c[name] for name in ("level", "framework_code", "framework_version", "due_on", "kind")]
# Of a request that is over nothing says any more whom it was about.
_GOING_ON = rater_request.c.state.in_(("invited", "accepted", "answered"))
_WHOM = {
    "subject_person_id": assessment.c.person_id,
    "unit_code": assessment.c.unit_code,
    "role_code": assessment.c.role_code,
}
_SELECT = sa.select(
    *rater_request.columns,
    *(sa.case((_GOING_ON, column)).label(name) for name, column in _WHOM.items()),
    *_ABOUT,
    response.c.confirmed.is_(False).label("typed_in"),
).select_from(
    rater_request.join(assessment).outerjoin(
        response,
        (response.c.assessment_id == rater_request.c.assessment_id)
        & (response.c.request_id == rater_request.c.request_id),
    )
)

# Written on every invitation of a manager, in case the framework's own wording is missing.
IDENTIFIABLE = {
    "en": "You may be the only manager who answers, so your answers can be recognised as yours.",
    "fr": "Vous êtes peut-être la seule personne à répondre comme responsable : vos réponses peuvent être "
    "reconnues comme les vôtres.",
}
# Written to partners where the framework gives them no weight.
UNWEIGHED = {
    "en": "This framework gives no weight to partners: your answers are stored, and no figure shows them.",
    "fr": "Ce référentiel ne donne aucun poids aux partenaires : vos réponses sont enregistrées, et aucun "
    "chiffre ne les montre.",
}


async def mine(session: AsyncSession, caller: Caller, wanted: Page, state: str | None) -> dict[str, Any]:
    """A page of the requests addressed to the caller. Raises Forbidden `person-not-tied`."""
    person = await authorization.require_person(session, caller, GIVE)
    select = _SELECT.where(rater_request.c.person_id == person)
    if state is not None:
        select = select.where(rater_request.c.state == state)
    return await page(session, select, [rater_request.c.request_id], wanted)


async def one(session: AsyncSession, caller: Caller, request_id: UUID) -> dict[str, Any]:
    """One request addressed to the caller, with what raters of its relation must know.

    Raises NotFound `rater-request-unknown` also for somebody else's.
    """
    person = await authorization.require_person(session, caller, GIVE)
    select = _SELECT.where(rater_request.c.request_id == request_id, rater_request.c.person_id == person)
    row = (await session.execute(select)).mappings().one_or_none()
    if row is None:
        raise NotFound("rater-request-unknown", "There is no such rater request, or none for you.")
    return {**row, "notice": await _notice(session, row)}


async def subjects(session: AsyncSession, caller: Caller, wanted: Sequence[UUID]) -> list[Subject]:
    """Whom requests are about, not sealed yet: those to the caller that are not declined, withdrawn or expired.

    Raises Forbidden `person-not-tied`.
    """
    person = await authorization.require_person(session, caller, GIVE)
    mine = rater_request.c.request_id.in_(wanted), rater_request.c.person_id == person
    rows = await session.execute(_SELECT.where(*mine, _GOING_ON))
    until = int(clock.now().timestamp()) + MINUTE
    return [
        Subject(
            request_id=str(row["request_id"]),
            person_id=str(row["subject_person_id"]),
            unit_code=row["unit_code"],
            role_code=row["role_code"],
            until=until,
        )
        for row in rows.mappings()
    ]


async def _notice(session: AsyncSession, row: sa.RowMapping) -> dict[str, str] | None:
    """The framework's note to raters of this relation, as a language map."""
    categories = sa.select(framework_version.c.resolved["rater_categories"]).where(
        framework_version.c.framework_code == row["framework_code"],
        framework_version.c.framework_version == row["framework_version"],
    )
    for category in await session.scalar(categories) or ():
        if category["code"] == row["category"] == "partner" and not category.get("weight"):
            return UNWEIGHED
        if category["code"] == row["category"] and category.get("note"):
            note: dict[str, str] = category["note"]
            return note
    return IDENTIFIABLE if row["category"] == "manager" else None
