"""Every line of the guide does what it says, in its order."""

import asyncio
import os
import subprocess

import pytest

from tests.docs.pages import DOCS, shell
from tests.registry.builders import made, unit

pytestmark = pytest.mark.asyncio(loop_scope="module")


def run(lines: list[str], environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The lines in one shell that stops at the first failure."""
    script = "\n".join(["set -eu -o pipefail", "shopt -s expand_aliases", *lines])
    known = {"PATH": os.environ["PATH"], **environment}
    return subprocess.run(["bash", "-c", script], env=known, capture_output=True, text=True, timeout=60)


async def test_the_lines_of_the_guide_work(registry, token):
    for code in ("K-1", "K-2"):
        await made(registry, "/v1/units", unit(code))
    hris = token("hris", units=("SL",), subject="scim-guide")
    environment = {"URL": registry.url, "TOKEN": hris, "ADMIN": token("ops")}
    lines = shell(DOCS / "integrate" / "scim.md")
    done = await asyncio.to_thread(run, lines, environment)
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-500:])
    assert done.stdout.count('"totalResults":1') >= 3
    assert '"scimType"' not in done.stdout
