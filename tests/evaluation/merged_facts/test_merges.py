"""People who turn out to be one count once in every indicator, in any order of news, and apart once parted."""

import random
from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from services.evaluation import rebuild
from shared.events.registry import PeopleMerged, PeopleUnmerged, PersonAlias
from tests.evaluation import builders as b
from tests.evaluation.conftest import Evaluation
from tests.evaluation.indicators.test_rebuild import registry
from tests.evaluation.indicators.test_upkeep import settle, story

TABLES = ("assessment", "plan", "activity", "contribution", "post", "person")


def merged(name: str, into: str, version: int = 2) -> PeopleMerged:
    """The record `name`, with its post, is part of `into`."""
    one, other = b.person(into, version=version), b.person(name, version=version)
    both = msgspec.structs.replace(one, posts=[*one.posts, *other.posts])
    gone = msgspec.structs.replace(other, active=False, posts=[])
    alias = PersonAlias(person_id=gone.person_id, version=version, merged_into=both.person_id)
    ids = {"person_id": both.person_id, "merged_id": gone.person_id}
    return PeopleMerged(**ids, aliases=[alias], items=[both, gone])


def parted(name: str, into: str, version: int = 3) -> PeopleUnmerged:
    """The record `name` is a record of its own again."""
    items = [b.person(each, version=version) for each in (into, name)]
    alias = PersonAlias(person_id=b.ident(name), version=version)
    ids = {"person_id": b.ident(into), "merged_id": b.ident(name)}
    return PeopleUnmerged(**ids, aliases=[alias], items=items)


async def stored(evaluation: Evaluation) -> dict[str, list[str]]:
    """Facts and what is derived of them, without versions."""
    found = {
        table: sorted(map(repr, await evaluation.rows(f"select to_jsonb(t) - 'version' from {table} t")))
        for table in TABLES
    }
    return {**found, "cells": sorted(map(repr, (await evaluation.cells()).items()))}


async def told(evaluation: Evaluation, events: list[Any]) -> dict[str, list[str]]:
    """What is kept after these events alone."""
    await evaluation.empty()
    await evaluation.take(*events)
    await settle(evaluation)
    return await stored(evaluation)


async def test_one_person_counts_once_in_any_order_and_after_a_rebuild(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """The plan of one stays with its assessment, and nothing is lost when they are parted."""
    today("2026-08-25")
    tree, others = story()[:2], story()[2:]
    apart = await told(evaluation, [*tree, *others])
    before = len([1 for each in apart["contribution"] if "OP-01" in each])
    merge = b.received(merged("p5", "p3"))
    once = await told(evaluation, [*tree, *others, merge])
    assert len([1 for each in once["contribution"] if "OP-01" in each]) == before - 2, "one for each quarter"
    assert b.ident("p5") not in "".join(once["assessment"] + once["plan"] + once["contribution"])
    for seed in range(4):
        shuffled = [*others, merge, merge]
        random.Random(seed).shuffle(shuffled)
        assert await told(evaluation, [*tree, *shuffled]) == once, seed
    people = [state for event in others if event.data.fact == "people-changed" for state in event.data.items]
    states = {state.person_id: state for state in (*people, *merge.data.items)}
    units = {item.unit_code: item for event in tree for item in event.data.items}
    async with registry(
        units=list(units.values()), people=list(states.values()), aliases=merge.data.aliases
    ) as url:
        async with evaluation.database.session() as session:
            report = await rebuild.rebuild_within(session, url, "token")
        assert report["corrected"] == 0
        assert await stored(evaluation) == once
        await told(evaluation, [*tree, *others])  # as from a backup before the merge
        async with evaluation.database.session() as session:
            await rebuild.rebuild_within(session, url, "token")
        assert await stored(evaluation) == once
    await evaluation.take(b.received(parted("p5", "p3")))
    await evaluation.take(merge)
    assert await stored(evaluation) == apart


async def test_news_of_the_time_as_one_finds_whose_it_is_after_they_are_parted(
    evaluation: Evaluation, today: Callable[[str], date]
) -> None:
    """An assessment of the one, completed while both were one; its plan is of the other's id."""
    today("2026-08-25")
    tree = b.received(b.units(("C", None), ("F1", "C")))
    both = b.received(b.people(b.person("one"), b.person("two")))
    late = [
        b.received(b.assessed("a", "one", "2026-08-20", opened_for=b.ident("two"))),
        b.received(b.agreed("plan", "a", "one", "2026-08-21", b.planned("act", "2026-08-30"))),
        b.received(b.completed("act", "plan", "one", "2026-08-22")),
    ]
    merge, part = b.received(merged("two", "one")), b.received(parted("two", "one"))
    in_time = await told(evaluation, [tree, both, merge, *late, part])
    assert await told(evaluation, [tree, both, merge, part, *late]) == in_time
    assert await told(evaluation, [tree, both, part, *reversed(late)]) == in_time
    whose = await evaluation.rows(
        "select person_id::text from assessment union select person_id::text from plan"
    )
    assert whose == [(b.ident("two"),)]
