"""A carried file on its own: sealed for its reader, signed by its writer, with nothing else in it."""

import pytest

from deploy.federation.carrier import Carried, Manifest, Peer, manifest_of, packed, unpacked
from deploy.federation.folder import FederationError
from deploy.federation.keys import Forged, Keys

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
