"""The whole stack against its own document: schemathesis with every check, the same cases at every run."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
import pytest_asyncio

from deploy.demo import rating
from deploy.demo.mandoria import ROOT
from shared.http.openapi import METHODS
from tests.flow.stacks import Flow, running

pytestmark = [pytest.mark.slow(100), pytest.mark.timeout(600)]

FOLDER = Path(__file__).resolve().parent
SECONDS = 400  # 5,200 cases took 33 to 66 s on two busy cores; more where others work on them too
CASES = 3000  # fewer would mean that it stopped looking


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def flow() -> AsyncIterator[Flow]:
    """A stack in which everybody was rated."""
    async with running() as started:
        await rating.first_cycle(started.run)
        yield started


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def document(flow: Flow) -> dict[str, Any]:
    """What the gateway serves."""
    async with (
        aiohttp.ClientSession() as client,
        client.get(f"{flow.stack.gateway_url}/openapi.json") as found,
    ):
        return await found.json()


async def real(flow: Flow) -> dict[str, Any]:
    """Values of parameters under which this stack has something."""
    found = {"unit": ROOT, "unit_code": ROOT, "under": ROOT, "parent": ROOT}
    for service, column, statement in (
        (
            "assessment",
            "assessment_id",
            "select assessment_id from assessment order by 1",
        ),
        ("assessment", "cycle_id", "select cycle_id from cycle order by 1"),
        ("planning", "plan_id", "select plan_id from plan order by 1"),
        ("registry", "post_id", "select post_id from post order by 1"),
        ("registry", "person_id", "select person_id from person order by 1"),
    ):
        found[column] = (await flow.ids(service, f"{statement} limit 1"))[0]
        found[column.removesuffix("_id")] = found[column]
    return found


def shown_by(document: dict[str, Any], values: dict[str, Any]) -> dict[str, Any]:
    """The document with examples that this stack knows, so that they are answered."""
    for path, item in document["paths"].items():
        for method in item.keys() & set(METHODS):
            for parameter in item[method].get("parameters", ()):
                if parameter["name"] in values:
                    parameter["example"] = values[parameter["name"]]
                if parameter["name"] == "code" and path.startswith("/v1/units/"):
                    parameter["example"] = ROOT
    return document


async def test_no_operation_answers_without_a_token(flow: Flow, document: dict[str, Any]):
    async with aiohttp.ClientSession() as client:
        for path, item in document["paths"].items():
            for method in item.keys() & set(METHODS):
                async with client.request(
                    method, flow.stack.gateway_url + path.replace("{", "").replace("}", "")
                ) as found:
                    assert (found.status, (await found.json())["code"]) == (401, "token-missing"), (
                        method,
                        path,
                    )


UNKNOWN = {
    "/query/undr": ({"undr": "N01"}, {}),
    "/header/Prefer": ({}, {"Prefer": "respond-async"}),
    "/header/If-Match": ({}, {"If-Match": "3"}),
    "/header/If-None-Match": ({}, {"If-None-Match": '"3'}),
    "/header/Idempotency-Key": ({}, {"Idempotency-Key": " "}),
}


@pytest.mark.parametrize("pointer", UNKNOWN)
async def test_no_operation_ignores_what_it_does_not_know(flow: Flow, document: dict[str, Any], pointer: str):
    token = flow.stack.issuer.token(
        "programme-manager", "hris", "leader", "ops", units=(ROOT,), subject="strict"
    )
    params, headers = UNKNOWN[pointer]
    async with aiohttp.ClientSession(headers={"Authorization": f"Bearer {token}"}) as client:
        for path, item in document["paths"].items():
            for method in item.keys() & set(METHODS):
                url = flow.stack.gateway_url + path.replace("{", "").replace("}", "")
                async with client.request(method, url, params=params, headers=headers) as found:
                    assert found.status == 422, (method, path, found.status)
                    errors = (await found.json())["errors"]
                    assert pointer in [error["pointer"] for error in errors], (method, path)


async def test_the_stack_does_as_its_document_says(flow: Flow, document: dict[str, Any], tmp_path: Path):
    token = flow.stack.issuer.token(
        "programme-manager", "hris", "leader", "ops", units=(ROOT,), subject="contract"
    )
    client = {"iss": flow.stack.issuer.name, "sub": "contract"}
    await flow.api.post("/v1/source-systems/local/clients", client, who="ops")
    place, report = tmp_path / "openapi.json", tmp_path / "report.json"
    place.write_text(json.dumps(shown_by(document, await real(flow))))
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(FOLDER / "schemathesis.toml")),
        *(
            "run",
            str(place),
            "--url",
            flow.stack.gateway_url,
            "--workers",
            "1",
        ),  # threads meet in python/cpython#106905
        *("--report", "json", "--report-json-path", str(report)),
    ]
    environment = {**os.environ, "STEWARD_TOKEN": token, "PYTHONPATH": str(FOLDER.parents[2])}
    ended = await asyncio.to_thread(
        subprocess.run,
        command,
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )
    assert ended.returncode == 0, ended.stdout[-20_000:] + ended.stderr[-2000:]
    summary = json.loads(report.read_text())
    assert summary["operations"]["tested"] == summary["operations"]["total"] - 1  # all but PUT /v1/clock
    assert summary["test_cases"]["generated"] > CASES
