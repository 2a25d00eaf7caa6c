"""Text of files as people have them: UTF-8 with or without a mark, UTF-16, Windows-1252; and which one it was."""

import codecs
from typing import Literal

from shared.errors import FieldError, Invalid

Encoding = Literal["utf-8", "utf-16", "cp1252"]
_MARKS = (
    (codecs.BOM_UTF8, "utf-8", "utf-8 with a byte order mark"),
    (codecs.BOM_UTF16_LE, "utf-16-le", "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16-be", "utf-16"),
)
_ESCAPED = (
    "surrogateescape"  # what is not of the encoding stays as lone surrogates: its line is refused later
)


class TextDecoder:
    """Bytes of a file to text, piece by piece. `found` states the encoding as far as it has been read.

    Without a `stated` encoding it is that of the mark, else UTF-8, until bytes come that are none: if all before
    was ASCII the file is in Windows-1252, else these bytes are wrong.
    """

    def __init__(self, stated: Encoding | None) -> None:
        self._stated = stated
        self._start: bytes | None = b""
        self._ascii = True
        self._strict = False
        self._decoder: codecs.IncrementalDecoder
        self.found: str = stated or "utf-8"

    def feed(self, piece: bytes, *, final: bool = False) -> str:
        """More text. Raises Invalid `encoding-wrong` for UTF-16 that is none."""
        if self._start is not None:
            self._start += piece
            if len(self._start) < 4 and not final:
                return ""
            piece, self._start = self._begin(self._start), None
        if self._strict:
            return self._guessed(piece, final=final)
        try:
            return self._decoder.decode(piece, final)
        except UnicodeDecodeError:
            error = FieldError("/query/encoding", "encoding-wrong", f"It is not all {self.found}.")
            raise Invalid("encoding-wrong", "The file is in another encoding.", [error]) from None

    def _begin(self, start: bytes) -> bytes:
        """Choose the decoder; what is left of the first bytes without their mark."""
        for mark, encoding, shown in _MARKS:
            if start.startswith(mark) and self._stated in (
                None,
                "utf-8" if encoding == "utf-8" else "utf-16",
            ):
                self._choose(encoding, shown)
                return start[len(mark) :]
        if self._stated == "cp1252":
            self._choose("cp1252", "cp1252")
        elif self._stated == "utf-16" or (self._stated is None and 0 in start[:2]):
            self._choose("utf-16-be" if start[:1] == b"\x00" else "utf-16-le", "utf-16")
        else:
            self._choose("utf-8", "utf-8")
            self._strict = self._stated is None
        return start

    def _choose(self, encoding: str, shown: str) -> None:
        errors = "strict" if encoding.startswith("utf-16") else _ESCAPED
        self._decoder, self.found = codecs.getincrementaldecoder(encoding)(errors), shown
        if encoding == "utf-8":
            self._probe = codecs.getincrementaldecoder("utf-8")("strict")

    def _guessed(self, piece: bytes, *, final: bool) -> str:
        waiting = self._probe.getstate()[0]
        try:
            text = self._probe.decode(piece, final)
        except UnicodeDecodeError as error:
            self._strict = False
            if self._ascii and error.object[: error.start].isascii():
                self._choose("cp1252", "cp1252")
            return self._decoder.decode(waiting + piece, final)
        self._ascii = self._ascii and text.isascii()
        return text
