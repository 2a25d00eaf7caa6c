"""Every operation of a service asked by every pair of roles, within every scope, by everybody about one target.

What is expected is read off the table of rights alone: a right opens a target where one role of the
token both gives it and reaches that far, and nowhere else because of another role beside it.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from fastapi import FastAPI
from sqlalchemy import text

from shared.audit.audited_operations import AUDITED, Named, RaterAct
from shared.audit.sealed_batches import seal
from shared.auth.operations import OPERATIONS
from shared.auth.rights import RIGHTS, Reach
from tests.in_process import InProcess
from tests.served import Answer

ROLES = ("hris", "leader", "ops", "programme-manager", "service")
# Auditors have two rights that nobody else has: with one other role beside them it shows that these do not spread.
AUDITORS = [("auditor",), ("auditor", "leader")]
OFFICERS = [
    ("data-protection-officer",)
]  # one right, at the gateway; what it opens here is the test's of archives
PAIRS = [*((role,) for role in ROLES), *combinations(ROLES, 2), *AUDITORS, *OFFICERS]
STALE = '"999"'
AT_ONCE = 8

# All targets exist: whoever is answered so was refused.
REFUSED = frozenset({
    "role-missing", "unit-out-of-scope", "unit-unknown", "person-not-tied", "person-unknown", "post-unknown",
    "match-unknown", "import-unknown", "transfer-unknown",
    "plan-unknown", "follow-up-unknown", "assessment-unknown", "cycle-unknown", "rater-request-unknown",
    "activity-unknown", "reaction-unknown", "learning-result-unknown", "manager-by-programme",
})  # fmt: skip


@dataclass(frozen=True)
class Ask:
    """How an operation is asked about the target so that an allowed caller changes nothing.

    `listed` says whether a page shows the target, `shown` whether an answer shows what the second
    right of the operation opens; `anywhere`: any unit of the token will do.
    """

    path: str
    request: Mapping[str, Any] = field(default_factory=dict)
    listed: Callable[[Any], bool] | None = None
    shown: Callable[[Any], bool] | None = None
    right: int = 0
    anywhere: bool = False


@dataclass(frozen=True)
class Place:
    """Who calls: sign-ins by how they stand to the target, and units by scope."""

    self: str
    manager: str
    peer: str
    inside: str
    elsewhere: str
    country: str

    def scopes(self) -> dict[str, tuple[str, ...]]:
        """Units of tokens, by what they are to the target."""
        return {
            "none": (),
            "inside": (self.inside,),
            "elsewhere": (self.elsewhere,),
            "country": (self.country,),
        }

    def signed_in(self) -> dict[str, str]:
        """Subjects of tokens, by how they stand to the target."""
        return {"self": self.self, "manager": self.manager, "peer": self.peer, "stranger": "a-stranger"}


def expected(right: str, roles: Iterable[str], scope: str, relation: str, *, anywhere: bool = False) -> bool:
    """Whether the table gives the right to a caller who stands so to the target."""
    reach = {Reach.ALL}
    reach |= {Reach.SELF} if relation == "self" else set()
    reach |= {Reach.TEAM} if relation == "manager" else set()
    reach |= {Reach.UNITS} if scope in ("inside", "country") or (anywhere and scope != "none") else set()
    reach |= {Reach.COUNTRY} if scope == "country" else set()
    if reach & RIGHTS[right].barred:
        return False
    return any(reach & RIGHTS[right].grants.get(role, frozenset()) for role in roles)


def callers(place: Place, rights: Iterable[str]) -> Iterator[tuple[tuple[str, ...], str, str]]:
    """Roles, scope and relation of everybody who asks; the whole country only where it is more than inside."""
    reaches: set[Reach] = set()
    for right in rights:
        reaches |= RIGHTS[right].barred.union(*RIGHTS[right].grants.values())
    scopes = [scope for scope in place.scopes() if scope != "country" or Reach.COUNTRY in reaches]
    relations = list(place.signed_in()) if reaches & {Reach.SELF, Reach.TEAM} else ["stranger"]
    for roles in PAIRS:
        for scope in scopes:
            for relation in relations:
                yield roles, scope, relation


async def crossed(
    app: FastAPI, token: Callable[..., str], place: Place, asks: Mapping[str, list[Ask]]
) -> list[str]:
    """Where an answer is not what the table says; empty when all are. `app` is one that is served."""
    client = InProcess(app)
    bearers = {
        (roles, scope, relation): token(*roles, units=units, subject=subject)
        for roles in PAIRS
        for scope, units in place.scopes().items()
        for relation, subject in place.signed_in().items()
    }
    wrong: list[str] = []
    turns = asyncio.Semaphore(AT_ONCE)

    async def one(operation: str, ask: Ask, who: tuple[tuple[str, ...], str, str]) -> None:
        rights = OPERATIONS[operation]
        async with turns:
            method = operation.partition(" ")[0]
            answer = await client.call(method, ask.path, token=bearers[who], **ask.request)
        if answer.status >= 500:
            wrong.append(f"{operation} {who}: {answer.status}")
            return
        if not rights:
            wrong.extend([f"{operation} {who}: refused"] if answer.status >= 400 else [])
            return
        should = expected(rights[ask.right], *who, anywhere=ask.anywhere)
        if should != allowed(ask, answer):
            wrong.append(f"{operation} {who}: {'refused' if should else 'allowed'} {answer.body[:150]!r}")
        elif should and ask.shown and ask.shown(answer.json) != expected(rights[1], *who):
            wrong.append(f"{operation} {who}: shows {rights[1]} {ask.shown(answer.json)}")

    every = [
        one(operation, ask, who)
        for operation, each in asks.items()
        for ask in each
        for who in callers(place, OPERATIONS[operation])
    ]
    await asyncio.gather(*every)
    return sorted(wrong)


def allowed(ask: Ask, answer: Answer) -> bool:
    """Whether an answer is one of somebody who may."""
    if answer.status >= 400 and answer.code in REFUSED:
        return False
    return ask.listed is None or (answer.status == 200 and ask.listed(answer.json))


def documented(document: Mapping[str, Any]) -> set[str]:
    """The operations that a service documents."""
    methods = ("get", "post", "put", "patch", "delete")
    return {
        f"{method.upper()} {path}"
        for path, item in document["paths"].items()
        for method in methods
        if method in item
    }


def same(one: Answer, other: Answer) -> bool:
    """Whether two refusals are alike in all but the trace that they belong to."""
    ids = {"trace_id": None}
    return (one.status, {**one.json, **ids}) == (other.status, {**other.json, **ids})


def as_hub(app: FastAPI) -> FastAPI:
    """The application answering what a hub does of its nation, without hearing regions."""
    app.state.settings = app.state.settings.model_copy(update={"federation": "hub"})
    return app


def of_releases(name: str) -> dict[str, list[Ask]]:
    """The reads of a service's releases, of which there is none."""
    path = f"/v1/releases/{name}"
    return {
        f"GET {path}": [Ask(path)],
        f"GET {path}/{{cube}}/{{period}}/{{number}}": [Ask(f"{path}/none/2026Q3/1")],
    }


def of_audit(service: str) -> dict[str, list[Ask]]:
    """The reads of a service's audit. Whom a page shows is its own test's."""
    path = f"/v1/audit/{service}"
    return {
        f"GET {path}": [Ask(path, {"params": {"day": "1999-01-01"}}, anywhere=True)],
        f"GET {path}/seals": [Ask(f"{path}/seals", {"params": {"limit": "1"}}, anywhere=True)],
        f"GET {path}/export": [Ask(f"{path}/export", {"params": {"after": "9007199254740991"}})],
    }


async def unaudited(
    app: FastAPI, asks: Mapping[str, list[Ask]], tokens: Iterable[str], person: str, pepper: str
) -> set[str]:
    """Reads of a person that the audit does not have, of those in `asks` that one of `tokens` is allowed.

    Raises AssertionError for one that none of them is.
    """
    service = app.state.settings.service
    reads = {
        name: ask
        for name, (ask, *_) in asks.items()
        if name.startswith("GET ") and not isinstance(AUDITED.get(name, RaterAct()), RaterAct | Named)
    }
    reads.pop(f"GET /v1/audit/{service}")
    client = InProcess(app)
    for name, ask in reads.items():
        answers = [await client.call("GET", ask.path, token=token, **ask.request) for token in tokens]
        assert any(answer.status == 200 and allowed(ask, answer) for answer in answers), (name, answers)
    async with app.state.database.session() as session:
        while await seal(session, service, pepper):
            pass
        found = await session.execute(_OPERATIONS, {"person": person})
        return reads.keys() - {row.operation for row in found}


_OPERATIONS = text("""
select distinct operation from audit_entry join audit_people using (entry_id) where person_id = :person
""")


def has(name: str, value: Any) -> Callable[[Any], bool]:
    """A page shows the one whose `name` is `value`."""
    return lambda body: any(item[name] == str(value) for item in body["items"])
