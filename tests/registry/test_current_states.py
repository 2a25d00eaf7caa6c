"""Snapshots: what a projection is rebuilt from equals what events said, and carries no name."""

from typing import Any

import asyncpg
import msgspec

from shared.events.envelope import decoder
from shared.events.registry import PeopleChanged, PersonState, UnitsChanged, UnitState
from tests.registry.builders import hired, made, unit


async def newest(url, event, key):
    """The newest published state of each thing."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch(
            "select payload from outbox where subject like $1 order by id", f"%.{event.fact}.v{event.version}"
        )
    finally:
        await connection.close()
    best: dict[str, Any] = {}
    for row in rows:
        for item in decoder(event).decode(row[0]).data.items:
            if item.version >= best.get(getattr(item, key), item).version:
                best[getattr(item, key)] = item
    return best


async def test_snapshots_equal_what_was_published(registry, token, service_database):
    _, boss = await hired(registry, "SL-E-1", {"family_name": "Hidden"}, role_code="district-health-officer")
    await hired(registry, "E1A", manager_post_id=boss, valid_to="2030-01-01")
    await made(registry, "/v1/units", unit("SNAP"))
    await made(registry, "/v1/units/SNAP/move", {"parent": "SL-N"})
    await made(registry, "/v1/units/SNAP/close", {"on": "2030-01-01"})
    service = registry.using(token("service", subject="planning", client=True))
    url = service_database("registry")
    for kind, event, state, key in (
        ("units", UnitsChanged, UnitState, "unit_code"),
        ("people", PeopleChanged, PersonState, "person_id"),
    ):
        answer = await service.get(f"/internal/snapshot/{kind}")
        states = [msgspec.json.decode(line, type=state) for line in answer.body.splitlines()]
        assert {getattr(each, key): each for each in states} == await newest(url, event, key)
        assert b"Hidden" not in answer.body
        if event is PeopleChanged:  # when and by which sign-in a post was written, for those who count raters
            posts = [post for person in states for post in person.posts]
            (writer,) = {post.recorded_by for post in posts}
            assert len(writer) == 32
            assert all(post.recorded_at for post in posts)
    assert len((await service.get("/internal/snapshot/roles")).body.splitlines()) == 15
    assert (await registry.get("/internal/snapshot/people")).code == "role-missing"
    assert (await service.get("/internal/snapshot/secrets")).status == 422


async def test_who_wrote_a_post_before_is_published_with_it(registry, token, service_database):
    """One sign-in writes it twice, another in between: of each the last time, the newest beside it."""
    someone, held = await hired(registry, "E1A")
    other = registry.using(token("hris", units=("SL",), subject="another-clerk"))
    for writer, last in ((other, "2030-01-01"), (registry, "2031-01-01"), (other, "2032-01-01")):
        now = await writer.get(f"/v1/posts/{held}")
        answer = await writer.patch(
            f"/v1/posts/{held}", json={"valid_to": last}, if_match=now.headers["ETag"]
        )
        assert answer.status == 200, answer.body
    found = await newest(service_database("registry"), PeopleChanged, "person_id")
    (post,) = found[someone].posts
    first, second = post.superseded
    assert first.recorded_by == post.recorded_by != second.recorded_by
    assert post.recorded_at is not None
    assert first.recorded_at < second.recorded_at < post.recorded_at
