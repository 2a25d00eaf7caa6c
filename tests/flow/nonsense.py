"""Calls that no door may take: ids of nobody, odd queries, bodies that are none, by callers of every kind."""

import json
import re
from collections.abc import Iterator
from urllib.parse import urlencode

from deploy.demo.mandoria import ROOT

IDS = ("00000000-0000-7000-8000-000000000001", "%00", "x" * 300)
CANARY = {  # nobody's: what a caller may write at any door, and no log, event or span may repeat
    "given_name": "Adwoabena",
    "family_name": "Quartey-Zwennes",
    "phone": "+233209876001",
    "email": "adwoabena.zwennes@mail.example",
    "external_id": "HRIS-CANARY-4417",
}
REFUSED = json.dumps(CANARY | {"birth_year": "soon"}).encode()
QUERIES = (
    "",
    "?" + urlencode(CANARY),
    "?limit=0&cursor=zzz",
    "?unit=%00&period=x",
    f"?unit={ROOT}&period=0000Q1&level=I",
    "?unit=X&limit=9e99",
)
BODIES = (
    b"",
    b"{",
    b"[]",
    b"null",
    b'{"name": "\\u0000"}',
    b"[" * 5000,
    b"\xff\xfe\x00",
    REFUSED,
)
KINDS = {"imports": "text/csv", "bulk": "application/x-ndjson"}
Call = tuple[str, str, str, bytes | None]  # who, method, path, body


def calls(document: dict) -> Iterator[Call]:
    """Every operation with ids of nobody, by callers of every kind."""
    for path, methods in document["paths"].items():
        for method in methods.keys() & {"get", "post", "put", "patch", "delete"}:
            for place in (re.sub(r"\{[^}]+\}", each, path) for each in IDS):
                yield "nobody", method, place, None
                for who in ("leader", "ops", "elsewhere"):
                    yield who, method, place, None if method == "get" else b"{}"
                for tail in QUERIES if method == "get" else ():
                    yield "manager", method, place + tail, None
                for body in () if method == "get" else BODIES:
                    yield "manager", method, place, body
                    yield "hris", method, place, body
