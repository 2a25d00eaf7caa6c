"""Rights: what each role may, and how far. The one table of who may what; docs/access.md shows it.

Code asks for a right by its name, never for a role. A role gives a right within a reach, and both
come together: what a `leader` may about the own team never reaches further because the same token
is also `hris` for some units. A relation may rule a right out, whatever the roles: the assessed
person and their manager never learn who answered.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from uuid import UUID

from shared.auth.caller import ROLES, Caller
from shared.errors import Forbidden


class Reach(StrEnum):
    """How far a role's right goes; also the relation of somebody to the caller."""

    SELF = "self"  # the person whom the sign-in is tied to
    TEAM = "team"  # people with a post that reports to a post of that person today
    UNITS = "units"  # people and things inside the token's units
    COUNTRY = "country"  # all of it, with the root among the token's units
    ALL = "all"  # whatever the units: it tells of nobody


NOWHERE: frozenset[Reach] = frozenset()


@dataclass(frozen=True, slots=True)
class Right:
    """Reaches by role, and the relations that rule the right out."""

    grants: dict[str, frozenset[Reach]]
    barred: frozenset[Reach] = NOWHERE


@dataclass(frozen=True, slots=True)
class Load:
    """What the report of a load names: units by code, and people or assessments by id."""

    units: tuple[str, ...] = ()
    ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """Why something was allowed: the right, the role that gave it, its reach, and about whom or what.

    Part of an answer that is stored under an Idempotency-Key: all of it is asked again before the
    answer is given a second time.
    """

    right: str
    role: str
    reach: Reach
    person: UUID | None = None
    unit: str | None = None
    load: Load | None = None


def _right(*grants: str, barred: str = "") -> Right:
    """A right from lines like `leader self team`: a role and its reaches."""
    by_role = {}
    for grant in grants:
        roles, *reaches = grant.split()
        for role in ROLES if roles == "any" else [roles]:
            by_role[role] = frozenset(map(Reach, reaches))
    return Right(dict(sorted(by_role.items())), frozenset(map(Reach, barred.split())))


_OVERSIGHT = ("hris units", "programme-manager units")
_PEOPLE = ("leader self team", *_OVERSIGHT)
_FIGURES = ("leader units", *_OVERSIGHT)
_NAMELESS = ("leader all", "hris all", "programme-manager all", "ops all")

RIGHTS: dict[str, Right] = {
    "sign-in.read": _right("any all"),
    # registry
    "unit.read": _right(*_NAMELESS),
    "unit.keep": _right("hris units"),
    "region.read": _right("hris all", "programme-manager all", "ops all"),
    "role.read": _right(*_NAMELESS),
    "role.keep": _right("hris country", "programme-manager country"),
    "source-system.read": _right("hris all", "programme-manager all", "ops all"),
    "source-system.keep": _right("programme-manager country", "ops all"),
    "client.keep": _right("programme-manager country"),
    "person.read": _right(*_PEOPLE),
    "person.record": _right("hris units"),
    "person.keep": _right("hris units"),
    "person.archive": _right("leader self"),
    "archive.hand-over": _right("data-protection-officer country"),
    "person.erase": _right("hris units"),
    "person.hold": _right("hris units"),
    "person.transfer": _right("hris units"),
    "arrival.decide": _right(*_OVERSIGHT),
    "erasure.confirm": _right("programme-manager country"),
    "post.read": _right(*_PEOPLE),
    "post.keep": _right("hris units"),
    "import.read": _right("hris all", "programme-manager all"),
    "import.decide": _right(*_OVERSIGHT),
    "establishment.read": _right(*_FIGURES),
    "establishment.foresee": _right(*_OVERSIGHT),
    "establishment.keep": _right(*_OVERSIGHT),
    "norm.read": _right(*_NAMELESS),
    "norm.keep": _right("programme-manager country", "ops all"),
    # assessment
    "content.read": _right(*_NAMELESS, "service all"),
    "content.keep": _right("programme-manager country", "ops all"),
    "cycle.read": _right(*_FIGURES),
    "cycle.run": _right("programme-manager units"),
    "assessment.read": _right(*_PEOPLE),
    "result.read": _right(*_PEOPLE),
    "raters.see": _right(*_OVERSIGHT, barred="self team"),
    "raters.invite": _right("leader self team", "programme-manager units"),
    "raters.invite-manager": _right("programme-manager units", barred="self team"),
    "rating.give": _right("leader self", "hris self", "programme-manager self"),
    "rating.enter": _right(*_OVERSIGHT, barred="self team"),
    "rollup.read": _right(*_FIGURES),
    # planning
    "intervention.read": _right(*_NAMELESS),
    "intervention.keep": _right("programme-manager country"),
    "plan-limits.read": _right(*_OVERSIGHT),
    "plan-limits.keep": _right("programme-manager units"),
    "plan.read": _right(*_PEOPLE),
    "plan.count": _right(*_OVERSIGHT),
    "plan.change": _right("leader self team", "programme-manager units"),
    "plan.propose": _right("programme-manager units"),
    # evaluation
    "evaluation.read": _right(*_PEOPLE),
    "reaction.give": _right("leader self"),
    "learning.record": _right(*_OVERSIGHT),
    "indicator.read": _right(*_FIGURES, "ops units"),
    "indicator.keep": _right("programme-manager country"),
    "target.read": _right(*_NAMELESS),
    "target.keep": _right("programme-manager units"),
    "target.keep-level": _right("programme-manager country"),
    # the event feed
    "event.read": _right(*_NAMELESS),
    "event.completion": _right(*_OVERSIGHT, barred="self team"),
    "webhook.keep": _right(*_OVERSIGHT),
    "webhook.end": _right("ops all"),
    "reader.keep": _right("programme-manager country"),
    # every service
    "figures.live": _right(*_OVERSIGHT),
    "figures.nation": _right("programme-manager country", "ops country"),
    "release.read": _right("programme-manager country", "ops country"),
    "federation.read": _right("programme-manager country", "ops all"),
    "audit.read": _right("auditor units"),
    "audit.export": _right("auditor country"),
    "operations.run": _right("ops all"),
    "snapshot.read": _right("service all"),
}


def reaches(caller: Caller, right: str) -> frozenset[Reach]:
    """How far the caller's roles take a right, whatever the units and relations; empty without it."""
    grants = RIGHTS[right].grants
    return NOWHERE.union(*(grants[role] for role in caller.roles if role in grants))


def require(caller: Caller, right: str) -> None:
    """Pass when a role of the caller gives the right at all. Raises Forbidden `role-missing`."""
    for role, within in RIGHTS[right].grants.items():
        if role in caller.roles:
            caller.note(Decision(right, role, min(within)))
            return
    raise missing(right)


def decide(
    caller: Caller,
    right: str,
    relations: Iterable[Reach],
    *,
    person: UUID | None = None,
    unit: str | None = None,
) -> Decision | None:
    """The decision about somebody or something with these `relations` to the caller; None: not allowed."""
    known = frozenset(relations)
    if not known.isdisjoint(RIGHTS[right].barred):
        return None
    for role, within in RIGHTS[right].grants.items():
        if role in caller.roles and (found := within & known):
            decision = Decision(right, role, min(found), person, unit)
            caller.note(decision)
            return decision
    return None


def note_load(caller: Caller, right: str, *, units: Iterable[str] = (), ids: Iterable[UUID] = ()) -> None:
    """Remember what the report of a load names inside the caller's units, where it is going to be stored.

    A stored report is given again only if all of it is the caller's still. Raises Forbidden `role-missing`.
    """
    for role, within in RIGHTS[right].grants.items():
        if role in caller.roles and Reach.UNITS in within:
            caller.note(Decision(right, role, Reach.UNITS, load=Load(tuple(units), tuple(ids))))
            return
    raise missing(right)


def restored(stored: Mapping[str, Any]) -> Decision:
    """A decision as it was stored with an answer."""
    person, load = stored["person"], stored.get("load")
    return Decision(
        stored["right"],
        stored["role"],
        Reach(stored["reach"]),
        None if person is None else UUID(person),
        stored["unit"],
        None if load is None else Load(tuple(load["units"]), tuple(map(UUID, load["ids"]))),
    )


def missing(right: str) -> Forbidden:
    """The refusal of a caller none of whose roles gives the right, or none for whom it is about."""
    return Forbidden("role-missing", f"This needs the role {' or '.join(RIGHTS[right].grants)}.")
