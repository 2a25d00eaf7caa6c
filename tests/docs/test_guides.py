"""Every line of the guides for integrators does what its page says, pasted in order before one instance."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web

from services.gateway.main import create
from shared.auth.caller import DEVELOPMENT_ISSUER
from tests.docs.guides import Reader, blocks
from tests.gateway.services import running
from tests.registry.builders import hired, made, unit
from tests.served import Client, application, serving

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow(20)]
ISSUER = "https://steward.example.org"
DISTRICT = "MD-NORTHLAKE-ELMIBRIDGE-DISTRICT"
UNITS = (
    unit("MD", level="country", parent=None, type="Country", name="Mandoria"),
    unit("MD-NORTHLAKE", level="region", parent="MD", type="Region"),
    unit(DISTRICT, level="district", parent="MD-NORTHLAKE", type="District"),
    unit("MD-10101", parent=DISTRICT, name="Elmibridge District Hospital"),
    unit("MD-10102", parent=DISTRICT, name="Nolatown Health Centre"),
)
TOKENS = {
    "programme-manager-MD": {"units": ("MD",), "subject": "manager"},
    "auditor-MD": {"units": ("MD",), "subject": "auditor"},
    "leader-isata": {"subject": "isata"},
}


async def _nobody(request: web.Request) -> web.Response:
    """What a service that knows nobody answers: an empty page, an export without a line."""
    exported = request.path.endswith("/export")
    return web.Response() if exported else web.json_response({"items": [], "next": None})


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def gateway(settings, serve, token) -> AsyncIterator[Client]:
    """The gateway before a registry with the units that the pages name, and before services that know nobody."""
    registry = await serve(application(settings("registry", client_issuer=ISSUER)))
    hris = registry.using(token("hris", units=("MD",)))
    for each in UNITS:
        await made(hris, "/v1/units", each)
    await hired(hris, "MD-10102", {"external_id": None})
    keys = {"client_issuer": ISSUER, "client_keys_url": f"{registry.url}/internal/client-keys"}
    async with running("assessment", "planning", "evaluation") as others:
        for other in others.values():
            other.unknown = _nobody
        urls = {"registry": registry.url} | {name: other.url for name, other in others.items()}
        async with serving(create(settings("gateway", **keys, services=urls))) as client:
            yield client


@pytest.fixture(scope="module")
def reader(gateway: Client, token, issuer, tmp_path_factory) -> Reader:
    """Somebody who knows the address."""
    assert issuer.name == DEVELOPMENT_ISSUER  # as the pages have it
    tokens = {name: token(name.rpartition("-")[0], **about) for name, about in TOKENS.items()}
    return Reader(tmp_path_factory.mktemp("reader"), gateway.url).given(tokens)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def registered(reader: Reader) -> str:
    """What the page on clients prints, whose files the other pages take up."""
    return await asyncio.to_thread(reader.paste, "clients")


async def test_a_client_is_registered_renewed_and_revoked(registered, reader):
    assert registered.count('"source_systems":["hr"]') == 2, "with the first secret and with the second"
    assert '"client";q=600;w=60' in registered
    assert '"expires_in":300' in registered
    assert (reader.folder / "client.secret").stat().st_mode & 0o077 == 0
    assert re.search(r'"name":"Test of last year".*"revoked_at":"2', registered)


async def test_lists_are_looked_at_loaded_and_approved(registered, reader):
    shown = await asyncio.to_thread(reader.paste, "files")
    assert '"detail": "The field `family_name` is missing."' in shown
    for counts in ('"created":3', '"unchanged":3', '"received":2,"created":2', '"received":1,"updated":1'):
        assert counts in shown, counts
    assert "not in the list,0" in shown
    assert '"absent_count": 1' in shown
    assert '"absence": "waiting"' in shown
    assert '"absence": "approved"' in shown
    assert '"code":"list-cut-off"' in shown


async def test_a_person_is_hired_moves_and_is_merged_and_parted(registered, reader):
    shown = await asyncio.to_thread(reader.paste, "people")
    assert "MD-10101 Elmibridge District Hospital" in shown
    assert '"code":"stale-etag"' in shown
    assert '["MD-10101","2024-03-01","2025-06-30","transferred"]' in shown
    assert '{"active":false,"deactivated_on":"2026-06-01","leaving_reason":"contract-ended"}' in shown
    assert '{"active":true,"deactivated_on":null}' in shown
    assert '"code":"person-merged"' in shown
    assert '{"restored":"00502","conflicts":[]}' in shown


async def test_a_person_has_an_archive_and_is_erased(registered, reader):
    shown = await asyncio.to_thread(reader.paste, "privacy")
    assert "data/record.json" in shown
    for code in ("person-active", "person-unknown", "identifier-erased", "legal-hold"):
        assert f'"code":"{code}"' in shown, code
    assert re.search(r'{"person_id":null,"erased_at":"2', shown)


async def test_the_audit_shows_a_read_and_verifies(registered, reader):
    shown = await asyncio.to_thread(reader.paste, "audit")
    assert '"operation":"GET /v1/people/{person_id}","purpose":"HOPERAT"' in shown
    assert '"code":"purpose-unknown"' in shown
    assert len(re.findall(r"^registry: [1-9]\d* entries in", shown, re.MULTILINE)) == 3
    assert "an entry of seal 1 is changed, missing or in another place" in shown


async def test_the_program_of_the_python_page_does_what_the_page_says(registered, reader):
    (program,) = blocks("python", "python")
    (reader.folder / "nightly.py").write_text(reader.here(program))
    shown = await asyncio.to_thread(reader.run, [sys.executable, "nightly.py"])
    assert "['hr']\n3 received, 2 created, 0 unchanged\nline 3 field-wrong" in shown
    assert "Kargbo +232 76 000 701\n" in shown
    assert shown.endswith("404 unit-unknown\n")


async def made_somebody(reader: Reader) -> None:
    """Somebody whom an auditor can look for."""
