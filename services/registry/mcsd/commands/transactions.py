"""Bundles of a data source: a transaction as a whole or not at all, a batch each entry by itself."""

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.mcsd import bundles, terms
from services.registry.mcsd.commands import submissions
from services.registry.mcsd.commands.references import Feed
from services.registry.mcsd.commands.submissions import Applied, Resource
from services.registry.mcsd.queries.conditions import Asked
from services.registry.mcsd.sent_people import wrong
from shared.auth import rights
from shared.errors import FieldError, Problem

MOST_ENTRIES = 1000
_ORDER = (terms.LOCATION, terms.PRACTITIONER, terms.ROLE_OF)  # what is referred to comes first
_URL = re.compile(r"(?P<kind>[A-Za-z]+)(?:/(?P<id>[A-Za-z0-9.-]{1,64})|\?(?P<query>.+))?")
Outcome = Callable[[Problem], Resource]


class Entry(NamedTuple):
    """An entry of a bundle: its place, what is sent, and how."""

    number: int
    url: str
    sent: Resource
    method: str
    id: str | None
    query: str | None
    if_match: str | None
    if_none_exist: str | None


async def apply(session: AsyncSession, asked: Asked, bundle: Resource, outcome: Outcome) -> Resource:
    """Do what the entries of a bundle ask. Returns the bundle of the answers, in the order of the entries.

    Locations come first, then practitioners, then roles; references to an entry's `fullUrl` mean what it becomes.
    A transaction raises the first refusal; of a batch each refusal is its entry's answer, made by `outcome`.
    """
    for right in submissions.RIGHTS.values():
        rights.require(asked.caller, right)
    kind = bundle.get("type")
    if kind not in ("transaction", "batch"):
        raise wrong("/Bundle/type", "malformed", "transaction or batch is expected.")
    listed = bundle.get("entry", [])
    if len(listed) > MOST_ENTRIES:
        raise wrong("/Bundle/entry", "too-long", f"A bundle has at most {MOST_ENTRIES} entries.")
    known: dict[str, str] = {}
    answers: dict[int, Resource] = {}
    step = _whole if kind == "transaction" else _alone(session, outcome)
    for number in sorted(range(len(listed)), key=lambda number: _rank(listed[number])):
        answers[number] = await step(number, partial(_entry, session, Feed(asked, known), number, listed))
        location = answers[number]["response"].get("location")
        if location is not None and "fullUrl" in listed[number]:
            known[listed[number]["fullUrl"]] = location.rpartition("/_history")[0]
    return bundles.answered([answers[number] for number in range(len(listed))], kind)


Work = Callable[[], Awaitable[Resource]]


async def _whole(number: int, work: Work) -> Resource:
    """The answer; a refusal names the entry and ends the transaction."""
    try:
        return await work()
    except Problem as problem:
        found = problem.errors or [FieldError("", problem.code, problem.detail)]
        at = f"/Bundle/entry/{number}"
        problem.errors = [FieldError(at + _inside(each.pointer), each.code, each.detail) for each in found]
        raise


def _inside(pointer: str) -> str:
    """Of the path of an element the part below its resource, which is the entry's."""
    kind, _, rest = pointer.strip("/").partition("/")
    return f"/resource/{rest}" if kind in _ORDER else pointer


def _alone(session: AsyncSession, outcome: Outcome) -> Callable[[int, Work], Awaitable[Resource]]:
    async def alone(_: int, work: Work) -> Resource:
        try:
            async with session.begin_nested():
                return await work()
        except Problem as problem:
            return {"response": {"status": str(problem.status), "outcome": outcome(problem)}}

    return alone


def _rank(entry: Resource) -> int:
    kind = entry.get("resource", {}).get("resourceType")
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


async def _entry(session: AsyncSession, feeding: Feed, number: int, listed: list[Resource]) -> Resource:
    entry = _read(number, listed[number])
    submissions.fed(entry.sent["resourceType"])
    if entry.method == "POST":
        applied = await submissions.create(session, feeding, entry.sent, entry.if_none_exist)
    elif entry.id is not None:
        applied = await submissions.update(session, feeding, entry.id, entry.sent, entry.if_match)
    else:
        query = entry.query or ""
        applied = await submissions.update_matching(session, feeding, query, entry.sent, entry.if_match)
    return _answer(entry.sent["resourceType"], applied)


def _read(number: int, entry: Resource) -> Entry:
    """What an entry asks. Raises Invalid `resource-invalid`."""
    request, sent = entry.get("request", {}), entry.get("resource")
    found = _URL.fullmatch(str(request.get("url", "")))
    method = request.get("method")
    if found is None or sent is None or found["kind"] != sent["resourceType"]:
        raise wrong("/request/url", "malformed", "An entry has a resource, and its type as the address.")
    addressed = found["id"] is not None or found["query"] is not None
    if method not in ("POST", "PUT") or (method == "PUT") != addressed:
        detail = "POST to a type, PUT to a type with id or condition are expected."
        raise wrong("/request/method", "not-taken", detail)
    options: dict[str, Any] = {name: request.get(name) for name in ("ifMatch", "ifNoneExist")}
    return Entry(
        number, entry.get("fullUrl", ""), sent, method, found["id"], found["query"],
        options["ifMatch"], options["ifNoneExist"],
    )  # fmt: skip


def _answer(kind: str, applied: Applied) -> Resource:
    resource = applied.resource
    status = "201 Created" if applied.created else "200 OK"
    if resource is None:
        return {"response": {"status": status}}
    meta = resource["meta"]
    response = {"status": status, "location": f"{kind}/{applied.id}/_history/{meta['versionId']}"}
    return {"response": {**response, "etag": f'W/"{meta["versionId"]}"', "lastModified": meta["lastUpdated"]}}
