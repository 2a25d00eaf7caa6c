"""A release's document in parts that fit into events, each compressed and readable by itself. Pure."""

import gzip
import zlib

from shared.disclosure.document import NotThisRelease

TEXT = 2_000_000  # bytes of the document in a part: it fits into a message even where nothing is compressed
MOST = 50  # parts, 30,000 units take 40: beyond it is no release, whoever sent it
_GZIP = 16 + zlib.MAX_WBITS


def parts(document: bytes) -> list[bytes]:
    """The parts in order; documents are a tenth of their size then."""
    pieces = (document[start : start + TEXT] for start in range(0, len(document), TEXT))
    return [gzip.compress(piece, compresslevel=6, mtime=0) for piece in pieces]


def opened(part: bytes) -> bytes:
    """What `parts` compressed. Raises NotThisRelease for anything else, and before it takes more memory."""
    reader = zlib.decompressobj(_GZIP)
    try:
        piece = reader.decompress(part, TEXT + 1)
    except zlib.error as problem:
        raise NotThisRelease("A part is not compressed by gzip.") from problem
    if len(piece) > TEXT or not reader.eof or reader.unused_data:
        raise NotThisRelease("A part is cut off, or too large.")
    return piece
