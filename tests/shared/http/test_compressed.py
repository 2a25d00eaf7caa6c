"""Bodies in gzip: unpacked piece by piece, bounded by size and ratio, refused where anything is missing."""

import gzip
import random
import zlib

import pytest

from shared.errors import Invalid, TooLarge
from shared.http import compressed
from shared.http.compressed import PIECE, unpacked

TEXT = b"".join(b'{"external_id": "hr-%d"}\n' % number for number in range(30_000))


async def pieces(body, size=1000):
    for start in range(0, len(body), size):
        yield body[start : start + size]


async def content(body, size=1000):
    return b"".join([piece async for piece in unpacked(pieces(body, size))])


@pytest.mark.parametrize("size", [1, 7, 1000, 1 << 20])
async def test_content_comes_back_however_it_is_cut(size):
    text = TEXT if size > 1 else TEXT[:5000]
    assert await content(gzip.compress(text), size) == text
    assert (
        await content(gzip.compress(text) + gzip.compress(b"") + gzip.compress(b"more"), size)
        == text + b"more"
    )


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no gzip",
        zlib.compress(TEXT),
        gzip.compress(TEXT)[:-1],
        gzip.compress(TEXT)[:500],
        gzip.compress(TEXT) + b"rest",
        gzip.compress(TEXT)[:-8] + bytes(8),  # another checksum
    ],
)
async def test_a_body_that_is_not_whole_is_refused(body):
    with pytest.raises(Invalid) as refused:
        await content(body)
    assert refused.value.code == "gzip-malformed"


async def test_a_bomb_is_refused_while_it_unpacks():
    """100 MB of nothing in 100 KB: no piece is large, and most of it is never made."""
    bomb, grown = gzip.compress(bytes(20 << 20)), list[int]()

    async def unpack() -> None:
        async for piece in unpacked(pieces(bomb, 1 << 12)):
            grown.append(len(piece))

    with pytest.raises(TooLarge) as refused:
        await unpack()
    assert refused.value.code == "gzip-ratio"
    assert max(grown) <= PIECE
    assert sum(grown) < compressed.FREE + 2 * compressed.MAX_RATIO * (1 << 12)


async def test_what_does_not_compress_passes():
    noise = random.Random(7).randbytes(1 << 20)
    assert await content(gzip.compress(noise), 1 << 16) == noise


async def test_empty_members_have_an_end(monkeypatch):
    monkeypatch.setattr(compressed, "MAX_MEMBERS", 50)
    with pytest.raises(Invalid):
        await content(gzip.compress(b"") * 60)


async def test_a_load_comes_in_gzip_and_is_the_same_under_its_key(clean, token):
    hris = token("hris", units=("N-1",))
    packed = {"Content-Encoding": "gzip"}
    body = gzip.compress(b"one\ntwo\n", mtime=0)
    first = await clean.client.post("/v1/loads", data=body, token=hris, headers=packed, key="packed")
    assert (first.status, first.json) == (200, {"received": 2})
    again = await clean.client.post("/v1/loads", data=b"one\ntwo\n", token=hris, key="packed")
    assert (again.json, again.headers["idempotency-replayed"]) == (first.json, "true")
    bomb = gzip.compress(bytes(50 << 20))
    refused = await clean.client.post("/v1/loads", data=bomb, token=hris, headers=packed)
    assert (refused.status, refused.code) == (413, "gzip-ratio")
    other = await clean.client.post("/v1/loads", data=body, token=hris, headers={"Content-Encoding": "br"})
    assert (other.status, other.json["errors"][0]["pointer"]) == (422, "/header/Content-Encoding")
