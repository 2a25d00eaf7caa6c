"""The pure rules of feed and deliveries: cursors, pauses, lanes."""

import random
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from types import SimpleNamespace
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.events.cursors import Cursors, Place
from services.gateway.events.thin_events import candidate, ordered_with, shown
from services.gateway.events.webhooks.lanes import Lanes
from services.gateway.events.webhooks.retries import Schedule, pause, retry_after
from services.gateway.events.webhooks.stuck import speaks_of_event, stuck
from shared.errors import Invalid

NOW = 1_790_000_000.0


def test_news_of_a_merge_is_in_order_with_both_people_though_one_is_shown():
    ids = {"person_id": str(UUID(int=1)), "merged_id": str(UUID(int=2))}
    states = [{"person_id": each, "version": 2} for each in ids.values()]
    envelope = {
        "id": "e", "source": "s", "type": "steward.registry.people-merged.v1", "subject": ids["merged_id"],
        "time": "2026-10-01T08:00:00Z", "instance": "north", "aggregateversion": 2,
        "data": {**ids, "aliases": [], "items": states},
    }  # fmt: skip
    found = candidate(1, msgspec.json.encode(envelope), datetime.date)
    event = shown(found, [True, False], datetime.date)
    assert event["data"] == {"items": states[:1]}
    assert ordered_with(found, event) == [*ids.values()]


def test_a_cursor_is_read_by_every_replica_and_nobody_else():
    place = Place(1_700_000_000_000_000, 2**53)
    first, second = Cursors("pepper").write(place), Cursors("pepper").write(place)
    assert first != second
    assert len(first) == 59
    assert Cursors("pepper").read(first) == Cursors("pepper").read(second) == place
    with pytest.raises(Invalid):
        Cursors("another").read(first)


@given(st.text(max_size=130))
def test_nothing_else_is_a_cursor(text):
    with pytest.raises(Invalid):
        Cursors("pepper").read(text)


def test_attempts_go_on_for_75_hours_with_growing_pauses():
    schedule, chance, passed, pauses = Schedule(), random.Random(1), 0.0, []
    while passed < schedule.give_up_after:
        pauses.append(pause(schedule, len(pauses) + 1, chance))
        passed += pauses[-1]
    assert 2.5 <= pauses[0] <= 5
    assert max(pauses) <= 3600
    assert 75 < len(pauses) < 200
    assert pause(schedule, 10**9, chance) <= 3600


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        (None, 0),
        ("", 0),
        ("soon", 0),
        ("-5", 0),
        ("9" * 400, 3600),
        ("1.5", 0),
        ("²", 0),
    ],
)
def test_what_a_receiver_asks_for(header, seconds):
    assert retry_after(header, NOW, 3600) == seconds


def test_a_receiver_may_name_a_date():
    moment = datetime.fromtimestamp(NOW, UTC) + timedelta(seconds=90)
    assert retry_after(format_datetime(moment, usegmt=True), NOW, 3600) == 90
    assert retry_after("Mon, 30 Nov 1998 23:49:05 GMT", NOW, 3600) == 0
    assert retry_after("Mon, 99 Nov 99999 23:49:05 GMT", NOW, 3600) == 0


@given(st.lists(st.sets(st.sampled_from("abcd"), min_size=1), max_size=30), st.randoms(use_true_random=False))
def test_each_key_keeps_its_order_and_everything_comes(events, chance):
    lanes, done = Lanes(), list[int]()
    for seq, keys in enumerate(events):
        lanes.add(seq, sorted(keys))
    while len(lanes):
        first = list(lanes.first())
        assert first  # something can always go on
        seq = chance.choice(first)
        lanes.remove(seq)
        done.append(seq)
    for key in "abcd":
        lane = [seq for seq in done if key in events[seq]]
        assert lane == sorted(lane)


def waits(*keys: str, since: float | None = None, silent: bool = True) -> SimpleNamespace:
    return SimpleNamespace(keys=keys, failing_since=since, silent=silent)


@pytest.mark.parametrize(
    ("taken_at", "probing", "expected"),
    [
        pytest.param(0, False, [2, 3, 5, 6], id="an answer about the event holds up its people"),
        pytest.param(
            NOW + 9, False, [1, 2, 3, 4, 5, 6], id="others were taken since the receiver was silent"
        ),
        pytest.param(0, True, [1, 2, 3, 4, 5, 6], id="whether others are taken is found out"),
    ],
)
def test_what_is_refused_waits_with_all_of_its_people(taken_at, probing, expected):
    waiting = {
        1: waits("a", since=NOW),
        2: waits("b", since=NOW, silent=False),
        3: waits("b", "c"),
        4: waits("a"),
        5: waits("c", "e"),
        6: waits("e"),
        7: waits("f"),
    }
    assert stuck(waiting.items(), taken_at, probing=probing) == expected


def test_which_answers_are_about_the_event():
    assert not any(map(speaks_of_event, (0, 301, 408, 429, 502, 503, 504)))
    assert all(map(speaks_of_event, (400, 404, 422, 500, 501)))
