"""`steward smoke` against an instance of its own, with one that is broken off in the middle."""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from deploy.data_folder.contents import remove
from deploy.data_folder.settings import LocalSettings
from deploy.demo.api import Api
from deploy.local.processes import free_port
from deploy.local.stack import Stack
from deploy.smoke.place import REGION
from tests.servers import temporary_folder
from tests.shared.auth.issuers import LateIssuer

STEWARD = [sys.executable, "-c", "from deploy.cli import main; main()"]
pytestmark = [pytest.mark.slow(60), pytest.mark.timeout(400)]


@dataclass
class Instance:
    """A running stack and the command against it."""

    stack: Stack

    def start(self, *arguments: str) -> "subprocess.Popen[str]":
        url = ["--url", self.stack.gateway_url, "--under", "SL"]
        return subprocess.Popen(
            [*STEWARD, "smoke", *url, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def smoke(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        process = self.start(*arguments)
        out, told = process.communicate(timeout=180)
        return subprocess.CompletedProcess(arguments, process.returncode, out, told)

    async def open_cycles(self) -> int:
        async with Api(self.stack.gateway_url, self.stack.token, units=(REGION,)) as api:
            return len([item async for item in api.pages("/v1/cycles", state="open")])


class Production(Stack):
    """A stack in production mode, with an issuer that is not the development one."""

    real = LateIssuer("key-1", "https://id.example.org")

    def service_settings(self, service: str) -> dict[str, Any]:
        keys = self.folder / "keys.json"
        keys.write_text(json.dumps(self.real.jwks()))
        issuer = {
            "oidc_issuer": self.real.name,
            "oidc_jwks_url": keys.as_uri(),
            "client_issuer": "https://api.example.org",
        }
        return {**super().service_settings(service), **issuer, "mode": "production"}

    def token(self, role: str, units: tuple[str, ...] = (), subject: str = "") -> str:
        return self.real.token(role, units=units, subject=subject)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def instance() -> AsyncIterator[Instance]:
    async with running(Stack) as found:
        yield found


@asynccontextmanager
async def running(kind: type[Stack]) -> AsyncIterator[Instance]:
    folder = temporary_folder()
    ports = {
        name: free_port()
        for name in ("gateway_port", "postgres_port", "nats_port", "traces_port", "metrics_port")
    }
    stack = kind(LocalSettings(folder=folder, **ports), lambda _: None)
    stack.lock()
    try:
        await stack.start()
        yield Instance(stack)
    finally:
        stack.stop()
        remove(folder)


async def test_it_holds_again_after_one_that_was_broken_off(instance: Instance):
    key = ("--issuer", str(instance.stack.folder))
    with instance.start(*key) as broken_off:
        assert broken_off.stderr is not None
        told = []
        for line in broken_off.stderr:
            told.append(line)
            if "one by one" in line:
                break
        broken_off.kill()
    assert "one by one" in told[-1], told
    assert await instance.open_cycles() == 1
    second = instance.smoke(*key)
    assert second.returncode == 0, second.stderr
    assert "12 people with their posts, 0 of them new" in second.stderr
    assert "1 cycles and" in second.stderr
    assert await instance.open_cycles() == 0
    told = json.loads(second.stdout.splitlines()[-1])
    assert (told["people"], told["assessments"], told["plans_proposed"]) == (12, 12, 12)
    assert told["activities_completed"] > 0


@pytest_asyncio.fixture(loop_scope="module")
async def production() -> AsyncIterator[Instance]:
    async with running(Production) as found:
        yield found


async def test_in_production_the_tokens_of_its_issuer_will_do(production: Instance, tmp_path: Path):
    for role, units, subject in (
        ("hris", ("SL",), ""), ("programme-manager", (REGION,), ""), ("ops", (), ""), ("leader", (), "ama"),
    ):  # fmt: skip
        (tmp_path / role).write_text(production.stack.token(role, units, subject))
    found = production.smoke("--tokens", str(tmp_path))
    assert found.returncode == 0, found.stderr
    assert "58 responses in bulk" in found.stderr
    assert "what 11 people would say themselves" in found.stderr


async def test_what_does_not_hold_is_said_and_fails(instance: Instance, tmp_path: Path):
    refused = instance.smoke("--issuer", str(tmp_path))
    assert refused.returncode == 2
    for role, units in (("hris", (REGION,)), ("programme-manager", (REGION,)), ("ops", ())):
        (tmp_path / role).write_text(instance.stack.token(role, units))
    (tmp_path / "ops").write_text("of somebody else")
    failed = instance.smoke("--tokens", str(tmp_path))
    assert failed.returncode == 1
    assert "FAILED" in failed.stderr
    assert "Traceback" not in failed.stderr
    assert failed.stdout == ""


@pytest.mark.parametrize("arguments", [(), ("--issuer", ".", "--tokens", ".")])
def test_one_way_to_sign_in_is_said(arguments: tuple[str, ...]):
    url = ["--url", "http://127.0.0.1:1", "--under", "SL"]
    found = subprocess.run(
        [*STEWARD, "smoke", *url, *arguments], capture_output=True, text=True, check=False, env=os.environ
    )
    assert found.returncode == 2
    assert "either --issuer or --tokens" in found.stderr
