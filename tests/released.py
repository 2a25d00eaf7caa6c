"""Documents of releases in tests of reads: stored as a service stores them, read as somebody outside would."""

import base64
import hashlib
from datetime import date

from shared.database.engine import Database
from shared.disclosure.document import Cell, Release, read
from shared.releases import tables
from tests.served import Answer, Client

PERIOD = "2026Q3"


def document(cube: str, unit: str, people: int, number: int = 1) -> Release:
    """A release of one cell."""
    cells = (Cell(unit, "B", "people", people, people),)
    return Release(cube, PERIOD, date(2026, 10, number), number, number - 1 or None, cells)


async def store(database: Database, release: Release) -> None:
    """Put a document beside those that were made here."""
    async with database.session() as session:
        await session.execute(
            tables.release.insert().values(
                cube=release.cube, period=release.period, number=release.number, as_of=release.as_of,
                corrects=release.corrects, digest=release.digest, document=release.canonical().decode(),
                forest=hashlib.sha256(b"").hexdigest(),
            )
        )  # fmt: skip


def checked(answer: Answer) -> Release:
    """A document that is what its header and its own form say."""
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json"), answer.body
    digest = hashlib.sha256(answer.body)
    assert answer.headers["Repr-Digest"] == f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    return read(answer.body, digest.hexdigest())


async def served(client: Client, name: str, release: Release) -> None:
    """The service lists and gives a document that was stored, to a reader who reads nobody."""
    path = f"/v1/releases/{name}"
    (item,) = (await client.get(path, params={"cube": release.cube})).json["items"]
    assert item.pop("made_at")
    assert item == {
        "cube": release.cube, "period": PERIOD, "number": release.number, "as_of": str(release.as_of),
        "corrects": release.corrects, "digest": release.digest,
    }  # fmt: skip
    assert checked(await client.get(f"{path}/{release.cube}/{PERIOD}/{release.number}")) == release


async def refused(client: Client, name: str, release: Release) -> None:
    """The service withholds the document, and that there is one."""
    path = f"/v1/releases/{name}"
    for place in (path, f"{path}/{release.cube}/{PERIOD}/{release.number}", f"{path}/none/{PERIOD}/1"):
        answer = await client.get(place)
        assert (answer.status, answer.code) == (403, "release-withheld"), place
