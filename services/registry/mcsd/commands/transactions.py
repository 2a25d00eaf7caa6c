"""Bundles of a data source: a transaction as a whole or not at all, a batch each entry by itself."""

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any, NamedTuple

from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.mcsd import bundles, terms
from services.registry.mcsd.commands import submissions
from services.registry.mcsd.commands.directory_resources import settle
from services.registry.mcsd.commands.references import Feed
from services.registry.mcsd.commands.submissions import Applied, Resource
from services.registry.mcsd.directory_resource import is_directory
from services.registry.mcsd.queries.asked import Asked
from services.registry.mcsd.sent_people import wrong
from shared.auth import rights
from shared.errors import FieldError, Problem

MOST_ENTRIES = 1000
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

    Units come first, then practitioners, then roles; references to an entry's `fullUrl` mean what it becomes. In
    a transaction other resources of the directory are before them, since units may refer to them. Where they
    refer to is looked at in the end: they may refer to one another.
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
    whole = kind == "transaction"
    known = _put_to(listed) if whole else {}
    feed = Feed(asked, known, [] if whole else None)
    answers: dict[int, Resource] = {}
    step = _whole if whole else _alone(session, outcome)
    for number in sorted(range(len(listed)), key=lambda number: _rank(listed[number], whole)):
        answers[number] = await step(number, partial(_entry, session, feed, number, listed))
        location = answers[number]["response"].get("location")
        if location is not None:
            for address in _addresses(listed[number]):
                known[address] = location.rpartition("/_history")[0]
    await settle(session, feed, feed.unsettled or [])
    return bundles.answered([answers[number] for number in range(len(listed))], kind)


def _put_to(listed: list[Resource]) -> dict[str, str]:
    """What the addresses of entries stand for whose ids are those that they are sent to."""
    known: dict[str, str] = {}
    for entry in listed:
        url = str(entry.get("request", {}).get("url", ""))
        found = _URL.fullmatch(url)
        if found is not None and found["id"] is not None and found["kind"] in terms.OF_DIRECTORY:
            known |= dict.fromkeys(_addresses(entry), url)
    return known


def _addresses(entry: Resource) -> list[str]:
    """How others refer to an entry: by its `fullUrl`, and by type and id where that ends in them."""
    full = str(entry.get("fullUrl", ""))
    kind = entry.get("resource", {}).get("resourceType")
    short = "/".join(full.rsplit("/", 2)[-2:])
    return [address for address in (full, short if short.startswith(f"{kind}/") else "") if address]


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
    return f"/resource/{rest}" if kind in terms.SERVED else pointer


def _alone(session: AsyncSession, outcome: Outcome) -> Callable[[int, Work], Awaitable[Resource]]:
    async def alone(_: int, work: Work) -> Resource:
        try:
            async with session.begin_nested():
                return await work()
        except Problem as problem:
            return {"response": {"status": str(problem.status), "outcome": outcome(problem)}}

    return alone


def _rank(entry: Resource, whole: bool) -> int:
    sent = entry.get("resource", {})
    kind = sent.get("resourceType")
    if kind in terms.OF_PEOPLE:
        return 3 + terms.OF_PEOPLE.index(kind)
    if is_directory(kind, sent):
        return 0 if whole else 2
    return 1 if kind == terms.LOCATION else 5


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
