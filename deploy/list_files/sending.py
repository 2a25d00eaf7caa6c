"""One file sent to the gateway as an import, with what it says of itself while it runs."""

import asyncio
import io
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple
from uuid import uuid4

import aiohttp
import orjson

from shared.tasks import end

COUNTS = (
    "received",
    "created",
    "updated",
    "unchanged",
    "held",
    "rejected_count",
    "absent_count",
    "deactivated",
)
PIECE = 256 * 1024
EVERY = 0.5  # seconds between two questions how far the import is
_TYPES = {".csv": "text/csv", ".ndjson": "application/x-ndjson", ".jsonl": "application/x-ndjson"}

Progress = Callable[[str, int], None]  # "sent" in bytes or "stored" in lines, and how many so far


class FileRefused(Exception):
    """The instance took nothing of the file."""


class ListFile(NamedTuple):
    """A file, what kind of list it is, and the parameters of its import."""

    path: Path
    kind: str
    parameters: Mapping[str, str]
    content_type: str = ""  # of a list that was sealed for this region
    packed: bytes = b""  # that list, by gzip

    @property
    def size(self) -> int:
        """Bytes that are sent."""
        return len(self.packed) if self.content_type else self.path.stat().st_size

    def headers(self) -> dict[str, str]:
        """How it is written, by its name: `.csv`, `.ndjson`, `.jsonl`, also with `.gz`. Raises FileRefused."""
        if self.content_type:
            return {"Content-Type": self.content_type, "Content-Encoding": "gzip"}
        packed = self.path.suffix.lower() == ".gz"
        suffix = Path(self.path.stem).suffix if packed else self.path.suffix
        kind = _TYPES.get(suffix.lower())
        if kind is None:
            raise FileRefused(f"{self.path.name} is neither CSV nor NDJSON by its name.")
        return {"Content-Type": kind, **({"Content-Encoding": "gzip"} if packed else {})}


async def send(http: aiohttp.ClientSession, url: str, file: ListFile, progress: Progress) -> dict[str, Any]:
    """The report of the import. Raises FileRefused with the problem's code and detail."""
    import_id = str(uuid4())
    headers = file.headers()
    watching = asyncio.create_task(_watch(http, f"{url}/v1/imports/{import_id}", progress))
    try:
        async with http.post(
            f"{url}/v1/imports/{file.kind}",
            params={**file.parameters, "import_id": import_id},
            headers=headers,
            data=_pieces(file, progress),
        ) as answer:
            return _read(answer.status, await answer.read())
    finally:
        await end([watching])


async def table(http: aiohttp.ClientSession, url: str, import_id: str) -> bytes:
    """The report of an import as CSV. Raises FileRefused."""
    address = f"{url}/v1/imports/{import_id}/report"
    async with http.get(address, headers={"Accept": "text/csv"}) as answer:
        body = await answer.read()
        if answer.status != 200:
            _read(answer.status, body)
        return body


def counts(report: Mapping[str, Any]) -> dict[str, Any]:
    """What may be said of an import elsewhere: how many lines, and how many for each code. No line, no value.

    A report lists 1,000 rejected lines, and as many that are held: `codes_unlisted` are those beyond.
    """
    found = Counter(each["code"] for each in (*report["rejected"], *report["held_lines"]))
    unlisted = report["rejected_count"] + report["held"] - found.total()
    return {
        **{name: report[name] for name in COUNTS},
        "codes": dict(sorted(found.items())),
        "codes_unlisted": unlisted,
    }


def _read(status: int, body: bytes) -> dict[str, Any]:
    try:
        found: dict[str, Any] = orjson.loads(body)
    except orjson.JSONDecodeError:
        raise FileRefused(f"The answer is no JSON ({status}).") from None
    if status == 200:
        return found
    errors = "".join(f"\n  {each['pointer']}: {each['detail']}" for each in found.get("errors", ()))
    raise FileRefused(f"{found.get('code')}: {found.get('detail')}{errors}")


async def _pieces(sent_file: ListFile, progress: Progress) -> AsyncIterator[bytes]:
    sent = 0
    with io.BytesIO(sent_file.packed) if sent_file.content_type else sent_file.path.open("rb") as file:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece
            sent += len(piece)
            progress("sent", sent)


async def _watch(http: aiohttp.ClientSession, address: str, progress: Progress) -> None:
    """Say how many lines are read, as long as nobody ends this."""
    while True:
        await asyncio.sleep(EVERY)
        try:
            async with http.get(address) as answer:
                if answer.status == 200:
                    progress("stored", orjson.loads(await answer.read())["received"])
        except (aiohttp.ClientError, orjson.JSONDecodeError):
            continue  # the import itself says what is wrong
