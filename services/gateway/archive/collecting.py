"""Everything that goes into a person's archive, read with their own token, so that nobody sees more by it.

What a part has is what its own address shows the person: neither who rated them, nor others' answers, nor what the
audit has of raters' acts.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import orjson

from services.gateway.http_client.response_parser import Raw
from services.gateway.http_client.upstream import Upstream
from services.gateway.views.composition import Part, fetch
from shared.errors import Unavailable

PATIENCE = 5.0  # seconds for each page
PAGES = 50  # of one part, 200 items each
RECORD = "record"
AS_A_RATER = ("rating-requests", "ratings")


@dataclass(frozen=True, slots=True)
class Section:
    """One file of an archive: its name, what it has in a line, and the items themselves."""

    name: str
    title: str
    items: list[dict[str, Any]]
    cut: bool = False  # there are more than an archive takes


def parts_of(person_id: str) -> list[tuple[Part, str]]:
    """What is asked for, and how it is called for people."""
    me = quote(person_id, safe="")
    return [
        (Part(RECORD, "registry", f"/v1/people/{me}"), "Your record: name, contacts, posts"),
        (Part("earlier-records", "registry", f"/v1/people/{me}/versions"), "What your record was before"),
        (Part("assessments", "assessment", f"/v1/assessments?person={me}"), "Your assessments"),
        (Part("results", "assessment", f"/v1/people-scores/{me}"), "Your results, as they are shown to you"),
        (
            Part("results-elsewhere", "assessment", f"/v1/people-scores/{me}/carried"),
            "Results that you brought from other regions",
        ),
        (Part("rating-requests", "assessment", "/v1/rater-requests"), "Whom you were asked to rate"),
        (Part("ratings", "assessment", "/internal/own-answers"), "What you answered as a rater"),
        (Part("plans", "planning", f"/v1/plans?person={me}"), "Your development plans"),
        (Part("plans-elsewhere", "planning", f"/v1/plans/carried/{me}"), "Plans that you brought from there"),
        (Part("follow-ups", "planning", f"/v1/follow-ups?person={me}"), "Follow-ups, and what was answered"),
        (Part("evaluations", "evaluation", f"/v1/evaluations?person={me}"), "How your plans went"),
        (Part("behaviour", "evaluation", f"/v1/behaviour-results?person={me}"), "What changed in re-ratings"),
    ]


def handed_over(person_id: str) -> list[tuple[Part, str]]:
    """What an officer may hand to a person: not what the person does as a rater, which tells on others."""
    return [(part, title) for part, title in parts_of(person_id) if part.name not in AS_A_RATER]


async def collect(upstream: Upstream, parts: Sequence[tuple[Part, str]], headers: Raw) -> list[Section]:
    """All sections. Raises Unavailable `archive-incomplete` where one cannot be had: half an archive misleads."""
    reading = [_section(upstream, part, title, headers) for part, title in parts]
    return list(await asyncio.gather(*reading))


async def _section(upstream: Upstream, part: Part, title: str, headers: Raw) -> Section:
    items: list[dict[str, Any]] = []
    cursor = None
    for _ in range(PAGES):
        found = await fetch(upstream, _page(part, cursor), headers, PATIENCE)
        if found.reason:
            raise Unavailable(
                "archive-incomplete", f"The part {part.name} cannot be had now: {found.reason}."
            )
        body = orjson.loads(found.body)
        if "items" not in body:
            return Section(part.name, title, [body])
        items += body["items"]
        cursor = body.get("next")
        if cursor is None:
            return Section(part.name, title, items)
    return Section(part.name, title, items, cut=True)


def _page(part: Part, cursor: str | None) -> Part:
    if part.name == RECORD:  # one, and no list
        return part
    sign = "&" if "?" in part.target else "?"
    after = "" if cursor is None else f"&cursor={quote(cursor, safe='')}"
    return Part(part.name, part.service, f"{part.target}{sign}limit=200{after}")


def sizes(sections: Sequence[Section]) -> list[dict[str, Any]]:
    """The table of contents, as data."""
    return [
        {"file": f"data/{each.name}.json", "title": each.title, "items": len(each.items), "cut": each.cut}
        for each in sections
    ]
