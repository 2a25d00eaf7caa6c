"""Cursors: a place in the event feed, sealed so that it tells nobody anything.

A bare sequence number would: how much it rises between two reads is how much happened on the instance, to people
whom the reader may not see. So it is encrypted, and differs each time. Every replica can read it, after every
restart, as long as the instance's pepper is the same. A cursor of one thing is none of another: sequences of two
streams that are compared count what happened in one of them.
"""

import base64
import binascii
import hashlib
import hmac
import os
import struct

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from shared.errors import FieldError, Invalid

NONCE = 12  # bytes
_PLACE = struct.Struct("!qQ")
_KIND = b"steward event cursor 1"
FEED = ""  # what cursors are of, unless something else is named


class Place(msgspec.Struct, frozen=True):
    """After which message of the feed's stream: `made` tells streams apart, in microseconds of Unix time."""

    made: int
    seq: int


class Cursors:
    """Writes and reads the cursors of one instance."""

    def __init__(self, pepper: str) -> None:
        self._key = AESGCM(hmac.new(pepper.encode(), _KIND, hashlib.sha256).digest())

    def write(self, place: Place, of: str = FEED) -> str:
        """A cursor for a place: 59 letters, digits, `-` and `_`. It is read as one `of` the same thing alone."""
        nonce = os.urandom(NONCE)
        sealed = self._key.encrypt(nonce, _PLACE.pack(place.made, place.seq), _KIND + of.encode())
        return base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")

    def read(self, cursor: str, pointer: str = "/query/after", of: str = FEED) -> Place:
        """The place of a cursor. Raises Invalid `cursor-malformed` for what this instance did not write."""
        try:
            raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
            return Place(*_PLACE.unpack(self._key.decrypt(raw[:NONCE], raw[NONCE:], _KIND + of.encode())))
        except (ValueError, binascii.Error, InvalidTag, struct.error):
            error = FieldError(pointer, "malformed", "Use a cursor of an earlier answer as it was.")
            raise Invalid("cursor-malformed", "The cursor cannot be read.", [error]) from None
