"""The same figures as a file: sealed for its reader, signed by its writer, mixed freely with the link."""

from collections.abc import AsyncIterator

import pytest

from deploy.federation.carrier import (
    Carried,
    Manifest,
    Peer,
    Portion,
    deliver,
    manifest_of,
    packed,
    read,
    unpacked,
)
from deploy.federation.folder import FederationError
from deploy.federation.keys import Forged, Keys
from tests.federation.links import Place, federation
from tests.servers import wait_for

OF_NORTH = "steward.north.up.>"
SUBJECT = "steward.north.up.evaluation.indicator-computed.v1"
WRITER, READER, STRANGER = Keys.made(), Keys.made(), Keys.made()
NORTH = Peer("north", WRITER.public, WRITER.public_box, "up")
HUB = Peer("hub", READER.public, READER.public_box, "down")
MESSAGES = [Carried(SUBJECT, f"id-{n}", b"figures %d" % n) for n in range(50)]


def made(messages: list[Carried] = MESSAGES, **changed: object) -> bytes:
    fields = {"writer": "north", "reader": "hub", "stream": "UPLINK_north_1", "first": 1, "last": 50}
    return packed(Manifest(**{**fields, "count": len(messages), **changed}), messages, WRITER, HUB)


def test_a_file_is_read_by_its_reader_alone() -> None:
    file = made()
    assert unpacked(file, READER, "hub", NORTH) == MESSAGES
    with pytest.raises(Forged):
        unpacked(file, STRANGER, "hub", NORTH)


def test_what_is_inside_cannot_be_seen_from_outside() -> None:
    file = made()
    assert manifest_of(file).count == 50
    assert b"figures" not in file
    assert SUBJECT.encode() not in file


def test_a_file_by_somebody_else_is_refused() -> None:
    with pytest.raises(Forged):
        unpacked(made(), READER, "hub", Peer("north", STRANGER.public, STRANGER.public_box, "up"))


@pytest.mark.parametrize("place", [0, 25, 120, -1], ids=str)
def test_a_changed_byte_is_noticed(place: int) -> None:
    file = bytearray(made())
    file[place] ^= 1
    with pytest.raises((Forged, FederationError)):
        unpacked(bytes(file), READER, "hub", NORTH)


def test_half_a_file_is_refused() -> None:
    file = made()
    for end in (0, 10, 60, len(file) // 2, len(file) - 1):
        with pytest.raises((Forged, FederationError)):
            unpacked(file[:end], READER, "hub", NORTH)


def test_a_file_for_another_reader_or_by_another_writer_is_refused() -> None:
    with pytest.raises(FederationError, match="for south"):
        unpacked(made(reader="south"), READER, "hub", NORTH)
    with pytest.raises(FederationError, match="from south"):
        unpacked(made(writer="south"), READER, "hub", NORTH)


def test_a_region_that_speaks_for_another_in_its_file_is_refused() -> None:
    other = [Carried(SUBJECT.replace("north", "south"), "id", b"figures")]
    with pytest.raises(Forged, match="another instance"):
        unpacked(made(other), READER, "hub", NORTH)


@pytest.mark.parametrize(
    "subject",
    [
        "steward.north.local.assessment.submitted.v1",
        "steward.north.down.evaluation.indicator-computed.v1",
        "steward.north.up",
        "steward.north.up.",
        "steward.north.up.evaluation.>",
        "steward.north.up.evaluation.a b",
        "steward.north.up.evaluation.computed\n",
        "national.north.up.evaluation.computed",
    ],
)
def test_one_message_that_is_no_publication_makes_the_whole_file_refused(subject: str) -> None:
    with pytest.raises(Forged, match="speaks for another"):
        unpacked(made([*MESSAGES, Carried(subject, "id", b"figures")]), READER, "hub", NORTH)


@pytest.fixture(scope="module")
async def linked(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Place, list[Place]]]:
    async with federation(tmp_path_factory.mktemp("carrier"), "north") as places:
        yield places


async def test_a_file_and_the_link_bring_each_event_once(linked: tuple[Place, list[Place]]) -> None:
    hub, (north,) = linked
    for message in MESSAGES:
        headers = {"Nats-Msg-Id": message.event_id}
        await north.admin.publish(message.subject, message.data, headers=headers)
    await wait_for(north.reached("UPLINK_north_1", 50), 10)
    carried = MESSAGES
    assert await read(north.link(), "UPLINK_north_1", OF_NORTH, after=0) == Portion(carried, 50)
    await wait_for(hub.reached("NATIONAL_north", 50), 60)
    more = Carried(SUBJECT, "id-carried", b"carried before the link came back")
    assert await deliver(hub.admin, [*carried, more]) == 1
    assert await deliver(hub.admin, [*carried, more]) == 0
    assert (await read(hub.link("north"), "NATIONAL_north", OF_NORTH, after=0)).messages == [*carried, more]


async def test_reading_goes_on_where_the_last_file_ended(linked: tuple[Place, list[Place]]) -> None:
    _, (north,) = linked
    await north.admin.publish(SUBJECT, b"one more", headers={"Nats-Msg-Id": "id-more"})
    await wait_for(north.reached("UPLINK_north_1", 51), 10)
    found = await read(north.link(), "UPLINK_north_1", OF_NORTH, after=50)
    assert ([message.event_id for message in found.messages], found.last) == (["id-more"], 51)
    assert (await read(north.link(), "UPLINK_north_1", OF_NORTH, after=51)) == Portion([], 51)
    assert (await read(north.link(), "UPLINK_north_1", "steward.south.>", after=0)) == Portion([], 51)
