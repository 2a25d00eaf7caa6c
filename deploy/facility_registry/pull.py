"""One pull: a history (ITI-91) is read to its end, then applied through Steward's own FHIR (ITI-130)."""

from collections.abc import Callable, Mapping
from datetime import UTC, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode, urljoin, urlsplit

import aiohttp
import orjson

from deploy.facility_registry import pulled_locations as locations
from deploy.facility_registry.bookmark import Bookmarks

Json = dict[str, Any]
AT_ONCE = 50  # Locations of a batch
MOST_BYTES = 64 << 20  # of a page
MOST_REFUSED = 1000  # that are listed
PAGE = 200
FHIR, FORM = "application/fhir+json", "application/x-www-form-urlencoded"
_PATIENCE = aiohttp.ClientTimeout(total=120)


class PullError(Exception):
    """A directory that does not answer as it should."""


class ShortenedError(PullError):
    """The directory does not list every change since the last pull any more (410)."""


class Target(NamedTuple):
    """Where units are kept: Steward's address, the source system, and the unit that others come below."""

    url: str
    system: str
    under: str
    top: str | None


async def pull(
    http: aiohttp.ClientSession,
    books: Bookmarks,
    target: Target,
    headers: tuple[Mapping[str, str], Mapping[str, str]],
    progress: Callable[[str], None],
) -> Json:
    """Bring units in step. Returns the report. `headers`: those for the source, and those for Steward.

    Raises PullError; what was done until then is in the bookmark, and the next call goes on there.
    """
    of_source, own = headers
    if not books.now.read:
        try:
            await _read(http, books, of_source, progress)
        except ShortenedError:
            if books.now.since is None:
                raise
            progress("the directory does not go back so far: everything is read once more")
            books.begin_again()
            await _read(http, books, of_source, progress)
    every = [each for each in locations.in_order(books.entries()) if each["id"] != target.top]
    for start in range(books.now.applied, len(every), AT_ONCE):
        await _apply(http, books, target, own, every[start : start + AT_ONCE])
        progress(f"{books.now.applied} of {len(every)} applied")
    report = {"read": len(every), **books.now.counts, "refusals": books.now.refused}
    books.finish()
    return {**report, "since": books.now.since}


async def _read(
    http: aiohttp.ClientSession, books: Bookmarks, headers: Mapping[str, str], progress: Callable[[str], None]
) -> None:
    now = books.now
    query = {"_count": PAGE} | ({} if now.since is None else {"_since": now.since})
    first = f"{now.source}/Location/_history?{urlencode(query)}"
    seen = {entry["id"] for entry in books.entries()}
    link: str | None = now.following or first
    while link is not None:
        if urlsplit(link)[:2] != urlsplit(first)[:2]:
            raise PullError("A link of the directory leads to another host; it is not followed.")
        bundle, at = await _page(http, link, headers)
        if now.until is None:
            now.until = bundle.get("meta", {}).get("lastUpdated") or at
        entries = locations.newest(bundle.get("entry", []), seen)
        following = [each["url"] for each in bundle.get("link", []) if each["relation"] == "next"]
        link = urljoin(link, following[0]) if following else None
        books.add(entries, link)
        progress(f"{len(seen)} locations read")


async def _page(http: aiohttp.ClientSession, link: str, headers: Mapping[str, str]) -> tuple[Json, str]:
    """A page, and the time at which the directory says that it answered, less a minute for its clock."""
    try:
        async with http.get(link, headers={**headers, "Accept": FHIR}, timeout=_PATIENCE) as answer:
            body = await answer.content.read(MOST_BYTES + 1)
            while len(body) <= MOST_BYTES and (more := await answer.content.read(MOST_BYTES)):
                body += more
            date = answer.headers.get("Date")
            status = answer.status
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise PullError(f"The directory cannot be read ({type(error).__name__}); pull again later.") from None
    if status == 410:
        raise ShortenedError("The directory answered 410: its history does not go back so far.")
    if status != 200 or len(body) > MOST_BYTES:
        raise PullError(f"The directory answered {status} with {len(body)} bytes.")
    try:
        bundle = orjson.loads(body)
        if bundle["resourceType"] != "Bundle" or bundle.get("type") != "history":
            raise PullError("The directory answered with something else than a history.")
    except (orjson.JSONDecodeError, KeyError, TypeError):
        raise PullError("The directory answered with something else than FHIR in JSON.") from None
    if date is None:
        raise PullError("The directory does not say when it answered.")
    moment = parsedate_to_datetime(date) - timedelta(minutes=1)
    return bundle, moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _apply(
    http: aiohttp.ClientSession,
    books: Bookmarks,
    target: Target,
    headers: Mapping[str, str],
    part: list[Json],
) -> None:
    """Apply some entries, and write down that they are."""
    known = await _known(http, target, headers, [each["id"] for each in part])
    sent: list[tuple[str, Json]] = []
    for each in part:
        if each["resource"] is not None:
            sent.append((each["id"], locations.taken(each["resource"], *target[1:])))
        elif (stored := known.get(each["id"])) is not None and stored["status"] != "inactive":
            rest = {name: value for name, value in stored.items() if name not in ("id", "meta")}
            sent.append((each["id"], {**rest, "status": "inactive"}))
    entries = [locations.entry_of(resource, target.system, id_) for id_, resource in sent]
    bundle = orjson.dumps({"resourceType": "Bundle", "type": "batch", "entry": entries})
    answers = (await _steward(http, target, "", headers, bundle, FHIR))["entry"] if entries else []
    for (id_, _), answer in zip(sent, answers, strict=True):
        _count(books, id_, answer["response"], known.get(id_))
    ended = len(part) - len(sent)  # deleted there, and not open here
    books.now.counts["ended"] = books.now.counts.get("ended", 0) + ended
    books.now.applied += len(part)
    books.save()


async def _known(
    http: aiohttp.ClientSession, target: Target, headers: Mapping[str, str], ids: list[str]
) -> dict[str, Json]:
    """The units that Steward has of these ids, as they are before anything is applied."""
    system = locations.SOURCE_SYSTEM + target.system
    body = urlencode({"identifier": ",".join(f"{system}|{id_}" for id_ in ids), "_count": len(ids)}).encode()
    found = await _steward(http, target, "/Location/_search", headers, body, FORM)
    return {
        each["value"]: entry["resource"]
        for entry in found.get("entry", [])
        for each in entry["resource"]["identifier"]
        if each["system"] == system
    }


async def _steward(
    http: aiohttp.ClientSession, target: Target, path: str, headers: Mapping[str, str], body: bytes, kind: str
) -> Json:
    """The answer to a POST."""
    typed = {**headers, "Content-Type": kind}
    url = f"{target.url}/fhir/r4{path}"
    try:
        async with http.post(url, data=body, headers=typed, timeout=_PATIENCE) as answer:
            text, status = await answer.read(), answer.status
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        raise PullError(f"Steward cannot be reached ({type(error).__name__}); pull again later.") from None
    if status != 200:
        raise PullError(f"Steward answered {status}: {text[:300].decode(errors='replace')}")
    found: Json = orjson.loads(text)
    return found


def _count(books: Bookmarks, id_: str, response: Json, before: Json | None) -> None:
    """Count what became of a Location: refused ones are listed with their code."""
    counts, status = books.now.counts, response["status"][:3]
    if status in ("200", "201"):
        version = response.get("location", "").rpartition("/")[2]
        same = before is not None and before["meta"]["versionId"] == version
        name = "created" if status == "201" else "unchanged" if same else "updated"
    else:
        name = "refused"
        issue = response["outcome"]["issue"][0]
        code, detail = issue["details"]["coding"][0]["code"], issue.get("diagnostics", "")
        if len(books.now.refused) < MOST_REFUSED:
            books.now.refused.append({"id": id_, "code": code, "detail": detail})
    counts[name] = counts.get(name, 0) + 1
