"""How operations on imports are asked, for the matrix of rights."""

from uuid import UUID

import sqlalchemy as sa
from fastapi import FastAPI

from services.registry.tables.imports import import_absent, import_run
from shared import clock
from shared.auth.caller import DEVELOPMENT_ISSUER, subject_key
from tests.rights_matrix import STALE, Ask, has

_SENT = "0192f0c1-30aa-7b02-8d11-6a7c9e4f2b51"
_WAITING = "0192f0c1-30aa-7b02-8d11-6a7c9e4f2b52"
_AT = "/v1/imports"
_FORM = "/v1/source-systems/local/forms/people"
_LIST = {"data": b"x", "headers": {"Content-Type": "text/csv"}}
_LINES = {"data": b"", "headers": {"Content-Type": "application/x-ndjson"}}

IMPORTS = {
    "POST /v1/imports/facilities": [Ask(f"{_AT}/facilities", _LIST, anywhere=True)],
    **{
        f"POST {_AT}/{kind}": [Ask(f"{_AT}/{kind}", _LINES, anywhere=True)]
        for kind in ("people", "leavers", "posts")
    },
    "GET /v1/source-systems/{code}/forms/{kind}": [Ask(_FORM)],
    "PUT /v1/source-systems/{code}/forms/{kind}": [Ask(_FORM, {"json": {}, "if_match": STALE})],
    "GET /v1/imports": [Ask(_AT, listed=has("import_id", _SENT))],
    "GET /v1/imports/{import_id}": [Ask(f"{_AT}/{_SENT}")],
    "GET /v1/imports/{import_id}/report": [Ask(f"{_AT}/{_SENT}/report")],
    "GET /v1/imports/{import_id}/absent": [Ask(f"{_AT}/{_SENT}/absent")],
    "POST /v1/imports/{import_id}/approve": [
        Ask(f"{_AT}/{_WAITING}/approve", {"json": {"digest": "0" * 64}}),
    ],
}


async def plant_import(app: FastAPI, person_id: str) -> None:
    """An import of the matrix's stranger with no units, and somebody else's that would deactivate a person."""
    stranger = subject_key(app.state.settings.subject_pepper, DEVELOPMENT_ISSUER, "a-stranger")
    now = clock.now()
    sent = {
        "import_id": UUID(_SENT), "kind": "people", "units": [], "recorded_by": stranger, "dry_run": False,
        "full_list": False, "state": "done", "started_at": now, "seen_at": now, "ended_at": now, "received": 0,
        "report": {"received": 0},
    }  # fmt: skip
    waiting = sent | {
        "import_id": UUID(_WAITING), "recorded_by": "somebody", "system_id": "a system", "full_list": True,
        "absence": "waiting", "absent_digest": "1" * 64,
    }  # fmt: skip
    absent = {"import_id": UUID(_WAITING), "person_id": UUID(person_id), "version": 1}
    async with app.state.database.session() as session:
        await session.execute(sa.insert(import_run).values(sent))
        await session.execute(sa.insert(import_run).values(waiting))
        await session.execute(sa.insert(import_absent).values(absent))
