"""Files as they arrive when something went wrong on the way: each is refused whole, or named line by line."""

import gzip
from dataclasses import dataclass, field

import pytest

from steward_client import Client, Problem, models

BROKEN: list[models.PersonLine | bytes] = [
    b'{"external_id": "broken-1", "family_name": "Cut o\n',
    b'{"external_id": "broken-2"}\n',
    b'{"external_id": "broken-3", "family_name": "Kamara", "birth_year": 84}\n',
    b'{"external_id": "broken-4", "family_name": "Kamara", "sex": "F"}\n',
    b'["broken-5", "Kamara"]\n',
]
# Rows among good ones, each with the code that its line in the report has.
BROKEN_ROWS = {
    b"broken-1;Kam\0ara;Aminata;female;1984;Nurse;\n": "control-character",
    b"broken-2;Kamara\n": "cells-too-few",
    b"broken-3;;Aminata;female;1984;Nurse;\n": "field-wrong",
    b"broken-4;Kamara;Aminata;woman;1984;Nurse;\n": "field-wrong",
    b"broken-5;Kamara;Aminata;female;1984;Nurse;;more\n": "cells-too-many",
}
ROWS = b"Matricule;Nom\nbroken-6;Kamara\nbroken-7;Sesay\n"


@dataclass(frozen=True)
class BadFile:
    """A file of people of which nothing is taken, with the code that says why."""

    content: bytes
    code: str
    why: str
    query: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)


REFUSED = (
    BadFile(b"", "csv-malformed", "csv-malformed"),
    BadFile(b"Shoe;Size\n1;2\n", "column-missing", "column-missing"),
    BadFile(b"\xff\xfeM\0a", "encoding-wrong", "encoding-wrong"),
    BadFile(ROWS, "mapping-wrong", "header-unknown", {"mapping": '{"external_id": "No. agent"}'}),
    BadFile(
        gzip.compress(ROWS)[:-20], "gzip-malformed", "gzip-malformed", headers={"Content-Encoding": "gzip"}
    ),
    BadFile(b"Matricule;Nom\n", "list-incomplete", "list-empty", {"full": "true", "lines": "0"}),
    BadFile(ROWS[:-15], "list-incomplete", "list-cut-off", {"full": "true", "lines": "2"}),
    BadFile(ROWS, "list-incomplete", "list-unrelated", {"full": "true", "lines": "2"}),
)


async def refuse_all(client: Client) -> None:
    """Send each of them."""
    for each in REFUSED:
        with pytest.raises(Problem) as refused:
            await client.send(
                "POST", "/v1/imports/people", query=each.query, content=each.content, content_type="text/csv",
                headers=each.headers, keyed=True,
            )  # fmt: skip
        found = refused.value
        assert (found.status, found.code, found.errors[0]["code"]) == (422, each.code, each.why), found
