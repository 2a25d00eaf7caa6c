"""What a hub makes of a region's heartbeat."""

from datetime import UTC, datetime

import msgspec
import pytest
from nats.aio.msg import Msg

from services.gateway.federation.regions import _decoded
from shared.federation.heartbeat import (
    Arrived,
    Budget,
    Heartbeat,
    Waiting,
    lag_events,
    lag_seconds,
    missing,
    reached,
    source,
    state,
)

NOW = datetime(2026, 11, 23, tzinfo=UTC)


def heartbeat(uplink: int = 100, event: str = "last", **older: int) -> Heartbeat:
    return Heartbeat(
        at=NOW, epoch=1, software="1", uplink=uplink, event=event, down=0, versions={}, outboxes={},
        older={name.removeprefix("s"): last for name, last in older.items()},
        suppressed_cells=None, up_bytes=0, up_limit=0,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("arrived", "events"),
    [
        (Arrived(), 100),
        (Arrived(40, "earlier"), 60),
        (Arrived(100, "last"), 0),
        (Arrived(7, "last"), 0),  # the rest came as a file, which knows ids alone
        (Arrived(103, "younger than the heartbeat"), 0),
    ],
)
def test_events_are_missing_that_the_region_has_and_the_hub_has_not(arrived: Arrived, events: int) -> None:
    assert missing(heartbeat(), arrived) == events


def test_two_that_have_nothing_miss_nothing() -> None:
    assert missing(heartbeat(uplink=0, event=""), Arrived()) == 0


@pytest.mark.parametrize(
    ("reached", "lag"),
    [(100, 3.0), (99, 3.0), (90, 13.0), (80, 63.0), (50, 123.0), (0, 3603.0)],
)
def test_lag_is_the_silence_and_by_then_the_age_of_the_oldest_that_is_missing(
    reached: int, lag: float
) -> None:
    said = heartbeat(s10=95, s60=85, s120=60, s3600=10)
    assert lag_seconds(said, Arrived(reached), Waiting(), silence=3.0) == lag


def test_a_stalled_source_is_late_though_the_region_is_heard() -> None:
    said = heartbeat(s60=100, s120=100)
    assert state(active=True, lag=lag_seconds(said, Arrived(99), Waiting(), silence=1.0)) == "late"


def test_what_waits_on_either_side_of_the_link_is_missing_too() -> None:
    held = msgspec.structs.replace(heartbeat(), held=Waiting(7, 200.0))
    came = Waiting(3, 50.0)
    assert lag_events(held, Arrived(98), came) == 7 + 2 + 3
    assert lag_seconds(held, Arrived(98), came, silence=1.0) == 201.0
    assert lag_seconds(heartbeat(), Arrived(100), came, silence=1.0) == 50.0


def test_on_a_metered_line_what_waits_for_another_day_is_not_late() -> None:
    metered = msgspec.structs.replace(
        heartbeat(), held=Waiting(7, 200.0), budget=Budget("2026-11-23", 9, 10, 7)
    )
    assert lag_events(metered, Arrived(100), Waiting()) == 0
    assert lag_seconds(metered, Arrived(100), Waiting(), silence=1.0) == 1.0


@pytest.mark.parametrize(
    ("active", "lag", "word"),
    [(True, 0.0, "ok"), (True, 120.0, "ok"), (True, 121.0, "late"), (True, None, "never-seen"),
     (False, 0.0, "suspended"), (False, None, "suspended")],
)  # fmt: skip
def test_a_regions_state(active: bool, lag: float | None, word: str) -> None:
    assert state(active=active, lag=lag) == word


@pytest.mark.parametrize(
    ("header", "found"),
    [
        ("UPLINK_north_1:GdAn74Cw 3 steward.north.up.> > steward.north.up.x zwp", ("UPLINK_north_1", 3)),
        ("UP 12 steward.north.up.> > steward.north.up.x Xcf", ("UP", 12)),
        ("nonsense", ("", 0)),
        ("UP twelve", ("", 0)),
        ("", ("", 0)),
    ],
)
def test_where_a_sourced_message_came_from(header: str, found: tuple[str, int]) -> None:
    assert source({"Nats-Stream-Source": header}) == found
    assert source(None) == ("", 0)


def test_how_far_it_reaches_with_a_message_of_the_line_or_of_a_file() -> None:
    """A region can write what it likes into its uplink: what the hub's own server says of that comes first."""
    line, file = (
        {"Nats-Stream-Source": "UPLINK_north_1:Gd 3 > > x"},
        {"Steward-Carried": "UPLINK_north_1 104"},
    )
    assert reached(line) == reached(file | line) == ("UPLINK_north_1", 3)
    assert reached(file) == ("UPLINK_north_1", 104)
    assert reached({"Steward-Carried": "nonsense"}) == reached(None) == ("", 0)


def test_a_beat_that_cannot_be_read_counts_as_none() -> None:
    """Of a region a version ahead, or broken: the others of the federation are shown all the same."""
    for data in (b"{", b'{"software": "\xff"}', b"[]"):
        assert _decoded("north", Msg(_client=None, subject="_FED.beat.north", data=data)) is None
