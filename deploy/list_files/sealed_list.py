"""A list for one region alone: an age file (age-encryption.org/v1) to its sealing key.

Inside are a line of JSON that states what it is, then the list, packed by gzip: NDJSON, or CSV of facilities.
So ``age --decrypt FILE | tail -n +2 | gunzip`` shows it. Nobody signs it: it is loaded by the right of who brings
it, as any list is.
"""

from typing import Literal

import msgspec
import pyrage

from deploy.federation.federation_error import FederationError
from deploy.federation.pki.keys import Keys
from deploy.list_files.list_kinds import SplitKind

MOST = 128 * 1024 * 1024  # bytes of a file: `steward split` writes less
_HEAD = 4096  # bytes of the first line
_AGE_HEADER = 4096  # bytes, of 200 that one recipient takes: pyrage takes minutes for one that is long


class Head(msgspec.Struct, frozen=True):
    """Whose list it is, of what, and how many lines it has."""

    format: Literal["steward-list-1"]
    region: str
    kind: SplitKind
    lines: int
    split_id: str

    @property
    def content_type(self) -> str:
        """As which the list is sent."""
        return "text/csv" if self.kind == "facilities" else "application/x-ndjson"


def seal(head: Head, packed: bytes, sealing_key: str) -> bytes:
    """The file. Raises FederationError for what is no sealing key."""
    try:
        recipient = pyrage.x25519.Recipient.from_str(sealing_key)
    except pyrage.RecipientError:
        raise FederationError(f"{head.region} states no key that a file can be sealed to.") from None
    return pyrage.encrypt(msgspec.json.encode(head) + b"\n" + packed, [recipient])


def opened(file: bytes, keys: Keys, region: str) -> tuple[Head, bytes]:
    """What a file states, and its list as it is packed. Raises FederationError for one that is not `region`'s."""
    if file.find(b"\n--- ", 0, _AGE_HEADER) < 0:
        raise FederationError("This is no list that was sealed for a region.")
    try:
        content = pyrage.decrypt(file, [pyrage.x25519.Identity.from_str(keys.identity)])
    except pyrage.DecryptError:
        raise FederationError("The file is not sealed for this region, or was changed on the way.") from None
    end = content.find(b"\n", 0, _HEAD)
    try:
        head = msgspec.json.decode(content[: max(0, end)], type=Head)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise FederationError("This is no list that was sealed for a region.") from None
    if head.region != region:
        raise FederationError(f"The list is {head.region}'s, not {region}'s.")
    return head, content[end + 1 :]
