"""Of whom each operation reads or writes, in one table. A test refuses one that names people and is not in it.

An operation is audited as it is answered, by the edge: its entry says who asked, when, for what purpose, and of
whom. What a rater does is sealed by day, without a subject and without the rater (docs/decisions/0056).
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Path:
    """The person is a parameter of the path."""

    name: str = "person_id"


@dataclass(frozen=True, slots=True)
class Answer:
    """The people are in the answer, at these places: names of members, through every element of a list."""

    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """The person is the one about whom access was decided; neither path nor answer says who."""


@dataclass(frozen=True, slots=True)
class Written:
    """The people are those whose records the transaction changed."""


@dataclass(frozen=True, slots=True)
class RaterAct:
    """What somebody does as a rater, or enters for raters: of nobody, by nobody, on a day."""


@dataclass(frozen=True, slots=True)
class Named:
    """The operation says itself whom its answer names, in `request.state.people`; without it, nobody is read."""


About = Path | Answer | Decided | Written | RaterAct | Named

_ONE = Answer(("person_id",))
_PAGE = Answer(("items/person_id",))
_PAIR = Answer(("first/person_id", "second/person_id"))
_PAIRS = Answer(("items/first/person_id", "items/second/person_id"))
_READERS = Answer(("items/people/person_id",))

SERVICES = ("registry", "assessment", "planning", "evaluation")  # those that keep individuals

AUDITED: Mapping[str, About] = {
    # registry
    "GET /v1/me": Answer(("person/person_id",)),
    "GET /v1/people": _PAGE,
    "POST /v1/people": _ONE,
    "GET /v1/people/{person_id}": Path(),
    "POST /v1/people/{person_id}/erase": Path(),
    "POST /v1/people/{person_id}/hold": Path(),
    "POST /v1/people/{person_id}/release-hold": Path(),
    "POST /v1/people/{person_id}/transfers": Path(),
    "GET /v1/arrivals": _PAGE,  # of nobody here, before somebody is accepted
    "POST /v1/arrivals": _ONE,
    "POST /v1/arrivals/{origin}/{transfer_id}/accept": _ONE,
    "POST /v1/arrivals/{origin}/{transfer_id}/decline": _ONE,
    "GET /v1/erasures": _PAGE,
    "POST /v1/erasures/{erasure_id}/confirm": Named(),  # of nobody any more
    "POST /v1/erasures/{erasure_id}/withdraw": Named(),  # who is not erased
    "PATCH /v1/people/{person_id}": Path(),
    "DELETE /v1/people/{person_id}": Path(),
    "GET /v1/people/{person_id}/versions": Path(),
    "PUT /v1/people/{person_id}/identifiers/{system}": Path(),
    "DELETE /v1/people/{person_id}/identifiers/{system}": Path(),
    "GET /v1/match-reviews": _PAIRS,
    "GET /v1/match-reviews/{review_id}": _PAIR,
    "POST /v1/match-reviews/{review_id}/decide": _PAIR,
    "POST /v1/people/{person_id}/merge": Written(),
    "GET /v1/people/{person_id}/merges": Path(),
    "POST /v1/people/{person_id}/unmerge": Answer(("person/person_id", "restored/person_id")),
    "GET /v1/posts": _PAGE,
    "POST /v1/posts": _ONE,
    "GET /v1/posts/{post_id}": _ONE,
    "PATCH /v1/posts/{post_id}": _ONE,
    "POST /v1/posts/{post_id}/end": _ONE,
    "GET /v1/posts/{post_id}/versions": _PAGE,
    "PUT /v1/posts/{post_id}/identifiers/{system}": _ONE,
    "DELETE /v1/posts/{post_id}/identifiers/{system}": _ONE,
    "POST /v1/imports/people": Written(),
    "POST /v1/imports/leavers": Written(),
    "POST /v1/imports/posts": Written(),
    "GET /v1/imports/{import_id}/absent": _PAGE,
    "POST /v1/imports/{import_id}/approve": Written(),
    # assessment
    "POST /v1/cycles/{cycle_id}/open": Written(),
    "GET /v1/assessments": _PAGE,
    "GET /v1/assessments/{assessment_id}": _ONE,
    "GET /v1/assessments/{assessment_id}/raters": Decided(),
    "POST /v1/assessments/{assessment_id}/raters": Decided(),
    "GET /v1/assessments/{assessment_id}/result": Decided(),
    "GET /v1/people-scores/{person_id}": Path(),
    "GET /v1/people-scores/{person_id}/carried": Path(),
    "GET /v1/rater-requests": RaterAct(),
    "GET /v1/rater-requests/{request_id}": RaterAct(),
    "POST /v1/rater-requests/{request_id}/accept": RaterAct(),
    "POST /v1/rater-requests/{request_id}/decline": RaterAct(),
    "POST /v1/rater-requests/{request_id}/response": RaterAct(),
    "POST /v1/responses/bulk": RaterAct(),
    # planning
    "GET /v1/plans": _PAGE,
    "GET /v1/plans/carried/{person_id}": Path(),
    "GET /v1/plans/{plan_id}": _ONE,
    "PATCH /v1/plans/{plan_id}": _ONE,
    "POST /v1/plans/{plan_id}/propose-again": _ONE,
    "POST /v1/plans/{plan_id}/agree": _ONE,
    "POST /v1/plans/{plan_id}/close": _ONE,
    "POST /v1/plans/{plan_id}/activities/{activity_id}/start": _ONE,
    "POST /v1/plans/{plan_id}/activities/{activity_id}/complete": _ONE,
    "POST /v1/plans/{plan_id}/activities/{activity_id}/cancel": _ONE,
    "GET /v1/follow-ups": _PAGE,
    "GET /v1/follow-ups/{follow_up_id}": _ONE,
    "POST /v1/follow-ups/{follow_up_id}/answer": _ONE,
    # evaluation
    "GET /v1/behaviour-results": _PAGE,
    "GET /v1/evaluations": _PAGE,
    "POST /v1/reactions": Decided(),
    "GET /v1/reactions/{reaction_id}": Decided(),
    "POST /v1/learning-results": _ONE,
    "GET /v1/learning-results/{learning_result_id}": _ONE,
    "PATCH /v1/learning-results/{learning_result_id}": _ONE,
    # the audit itself
    **{f"GET /v1/audit/{service}": _READERS for service in SERVICES},
    **{f"GET /v1/audit/{service}/export": Named() for service in SERVICES},
}

# What the gateway asks services for on behalf of a person who called it, which is no operation of the API.
BETWEEN_SERVICES: Mapping[str, About] = {
    "GET /internal/own-answers": Named(),  # who wrote them and reads them; they do not say of whom
}


def people_in(about: Answer, answer: object) -> set[str]:
    """Ids of the people at the places of `answer`, decoded JSON; what is null or absent names nobody."""
    found: set[str] = set()
    for place in about.places:
        level = [answer]
        for name in place.split("/"):
            level = [value for one in level if isinstance(one, dict) and (value := one.get(name)) is not None]
            level = [each for value in level for each in (value if isinstance(value, list) else [value])]
        found.update(each for each in level if isinstance(each, str))
    return found
