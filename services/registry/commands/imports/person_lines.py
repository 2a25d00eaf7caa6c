"""Lines of a load of people: what they may say, and the mark by which one that was taken is known again."""

from collections.abc import Sequence
from hashlib import blake2b
from typing import Annotated, Literal

import msgspec

from services.registry.commands.imports.sign_ins import SignInLine
from shared.http.decoding import UNREADABLE

Short = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Id = Annotated[str, msgspec.Meta(min_length=1, max_length=128)]

READING = b"people-1"  # raise it where the same line comes to mean something else: all are read afresh then


class PersonLine(msgspec.Struct, forbid_unknown_fields=True):
    """One person as a line of NDJSON. Fields left out are emptied; `subjects` left out stay as they are."""

    external_id: Id
    family_name: Short
    given_name: Short | None = None
    phone: Annotated[str, msgspec.Meta(max_length=40)] | None = None
    email: Annotated[str, msgspec.Meta(max_length=254, pattern="@")] | None = None
    sex: Literal["female", "male", "other"] | None = None
    birth_year: Annotated[int, msgspec.Meta(ge=1900, le=2200)] | None = None
    cadre: Short | None = None
    subjects: Annotated[list[SignInLine], msgspec.Meta(max_length=10)] | None = None


class _Named(msgspec.Struct):
    external_id: str


Marked = tuple[
    int, bytes, bytes, str | None
]  # number, text, digest, external id where it could be read so far


class Marker:
    """Digests of lines as they came.

    Two lines with the same digest say the same: it has 16 bytes of BLAKE2b. `salt` is what else the
    stored row depends on.
    """

    def __init__(self, salt: str) -> None:
        """Digests under `salt` and the reading of today."""
        self._start = blake2b(
            digest_size=16, person=READING, salt=blake2b(salt.encode(), digest_size=16).digest()
        )
        self._named = msgspec.json.Decoder(_Named).decode

    def mark(self, lines: Sequence[tuple[int, bytes]], *, named: bool) -> list[Marked]:
        """The lines with their digests, and with their external ids when `named`."""
        marked = []
        start = self._start.copy
        for number, text in lines:
            digest = start()
            digest.update(text)
            marked.append((number, text, digest.digest(), self._name(text) if named else None))
        return marked

    def _name(self, text: bytes) -> str | None:
        try:
            return self._named(text).external_id
        except UNREADABLE:
            return None
