"""A carried file on its own: sealed for its reader, signed by its writer, with nothing else in it."""

import base64
import gzip
import hashlib
import json
from pathlib import Path

import jwt
import msgspec
import pyrage
import pytest

from deploy.federation.federation_error import FederationError
from deploy.federation.pki.keys import Forged, Keys, recipient, verifier
from deploy.federation.store.files import read
from deploy.federation.transfer import bundle, legacy_sealing, sealing
from deploy.federation.transfer.bundle import Carried, Manifest, Peer, manifest_of, packed, unpacked

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


def test_a_changed_bit_anywhere_is_noticed() -> None:
    whole = made()
    for place in range(len(whole)):
        for bit in (1, 128):
            file = bytearray(whole)
            file[place] ^= bit
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


def test_the_parts_are_standard_ones() -> None:
    """What anybody with the keys reads without this project: a JSON Web Signature, and an age file."""
    magic, line, aged = made().split(b"\n", 2)
    assert (magic, aged[:21]) == (b"steward-carried-2", b"age-encryption.org/v1")
    signed = jwt.decode(
        line.decode(), verifier(WRITER.public), algorithms=["EdDSA"], options={"verify_exp": False}
    )
    assert signed["manifest"]["reader"] == "hub"
    assert signed["sha256"] == hashlib.sha256(aged).hexdigest()
    identity = pyrage.x25519.Identity.from_str(READER.identity)
    assert str(identity.to_public()) == recipient(READER.public_box)
    plain = gzip.decompress(pyrage.decrypt(aged, [identity]))
    assert msgspec.msgpack.decode(plain, type=list[Carried]) == MESSAGES


def test_what_was_signed_for_something_else_is_no_file() -> None:
    magic, line, aged = made().split(b"\n", 2)
    payload = jwt.PyJWS().decode_complete(line, verifier(WRITER.public), algorithms=["EdDSA"])["payload"]
    for kind, key, algorithm in (("JWT", WRITER.signer, "EdDSA"), ("steward-carried", "secret" * 8, "HS256")):
        other = jwt.PyJWS().encode(payload, key, algorithm=algorithm, headers={"typ": kind}).encode()
        with pytest.raises((Forged, FederationError)):
            unpacked(b"\n".join((magic, other, aged)), READER, "hub", NORTH)


def test_another_manifest_or_content_under_the_same_signature_is_noticed() -> None:
    magic, line, aged = made().split(b"\n", 2)
    _, other_line, other = made(MESSAGES[:2]).split(b"\n", 2)
    for mixed in ((magic, line, other), (magic, other_line, aged)):
        with pytest.raises(Forged, match="changed on the way"):
            unpacked(b"\n".join(mixed), READER, "hub", NORTH)


def test_a_file_that_unfolds_without_end_or_is_too_large_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(made([Carried(SUBJECT, "id", bytes(1_000_000))]))
    assert len(read(path, 10_000)) < 10_000
    monkeypatch.setattr(bundle, "MOST", 100_000)
    with pytest.raises(FederationError, match="not whole"):
        unpacked(read(path), READER, "hub", NORTH)
    with pytest.raises(FederationError, match="too large"):
        read(path, 100)
    with pytest.raises(FederationError, match="no file of a federation"):
        manifest_of(sealing.MAGIC + b"a" * 1_000_000 + b"\n")


def signed(content: bytes = b"", aged: bytes = b"", **changed: object) -> bytes:
    """A file as a member may make it with its own keys, of any content or of any bytes for an age file."""
    fields = {
        "writer": "north",
        "reader": "hub",
        "stream": "UPLINK_north_1",
        "first": 1,
        "last": 1,
        "count": 1,
    }
    aged = aged or pyrage.encrypt(content, [pyrage.x25519.Recipient.from_str(recipient(READER.public_box))])
    payload = {"manifest": fields | changed, "sha256": hashlib.sha256(aged).hexdigest()}
    line = jwt.PyJWS().encode(
        json.dumps(payload).encode(), WRITER.signer, algorithm="EdDSA", headers={"typ": "steward-carried"}
    )
    return b"\n".join((sealing.MAGIC.strip(), line.encode(), aged))


def carried(packed_messages: bytes) -> bytes:
    return signed(gzip.compress(packed_messages))


MANY = bundle.MESSAGES + 1
HOSTILE = {
    "more messages than memory has room for": carried(
        b"\xdd" + MANY.to_bytes(4) + msgspec.msgpack.encode(Carried("", "", b"")) * MANY
    ),
    "text that is none": carried(msgspec.msgpack.encode([MESSAGES[0]]).replace(b"id-0", b"id-\xae")),
    "a content without end": carried(b"\x91\x81\xa1x" + b"\x91" * 100_000 + b"\x90"),
    "no compression": signed(b"figures"),
    "a message that no server takes": carried(
        msgspec.msgpack.encode([Carried(SUBJECT, "id", bytes(bundle.LARGEST + 1))])
    ),
    "a subject that no server takes": carried(
        msgspec.msgpack.encode([Carried(SUBJECT + ".a" * 1000, "id", b"")])
    ),
}


@pytest.mark.parametrize("file", HOSTILE.values(), ids=HOSTILE)
def test_what_a_member_seals_is_judged_like_anything_else(file: bytes) -> None:
    with pytest.raises(FederationError, match=r"^The file is damaged\.$"):
        unpacked(file, READER, "hub", NORTH)


def test_an_age_file_for_thousands_is_refused_at_once() -> None:
    aged = b"age-encryption.org/v1\n" + b"-> x y\n\n" * 50_000 + b"--- " + b"A" * 43 + b"\n" + bytes(100)
    with pytest.raises(Forged, match="not sealed for this instance"):
        unpacked(signed(aged=aged), READER, "hub", NORTH)


def test_a_manifest_without_end_is_refused() -> None:
    for file in (legacy_sealing.MAGIC + b"[" * 100_000 + b"\n" + bytes(100), signed(writer="[" * 40_000)):
        with pytest.raises(FederationError):
            unpacked(file, READER, "hub", NORTH)


EARLIER = Path(__file__).with_name("earlier_file.json")  # one as it was written until age files were


def test_an_earlier_file_is_read() -> None:
    file, reader, north = earlier()
    assert manifest_of(file) == Manifest("north", "hub", "UPLINK_north_1", 1, 3, 3, "2026-11-29")
    assert unpacked(file, reader, "hub", north) == [
        Carried(SUBJECT, f"id-{n}", b"figures %d" % n) for n in range(3)
    ]


def test_an_earlier_file_is_judged_as_then() -> None:
    file, reader, north = earlier()
    with pytest.raises(Forged):
        unpacked(file, STRANGER, "hub", north)
    with pytest.raises(Forged):
        unpacked(file, reader, "hub", Peer("north", STRANGER.public, STRANGER.public_box, "up"))
    for place in range(len(file)):
        changed = bytearray(file)
        changed[place] ^= 1
        with pytest.raises((Forged, FederationError)):
            unpacked(bytes(changed), reader, "hub", north)
        with pytest.raises((Forged, FederationError)):
            unpacked(file[:place], reader, "hub", north)


def earlier() -> tuple[bytes, Keys, Peer]:
    """The file, the keys of the hub that it is for, and the region that wrote it."""
    kept = json.loads(EARLIER.read_text())
    writer = Keys(**kept["writer"])
    north = Peer("north", writer.public, writer.public_box, "up")
    return base64.b64decode("".join(kept["file"])), Keys(**kept["reader"]), north
