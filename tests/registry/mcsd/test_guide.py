"""Every line of the guide does what it says, in its order."""

import asyncio
import os
import subprocess
from pathlib import Path

import pytest

from tests.docs.pages import DOCS

pytestmark = pytest.mark.asyncio(loop_scope="module")


def blocks() -> str:
    """The shell blocks of the page, with the lines of a document inside them as they are."""
    text = (DOCS / "integrate" / "mcsd.md").read_text()
    return "\n".join(part.partition("```")[0] for part in text.split("```sh\n")[1:])


def run(script: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """The script in one shell that stops at the first failure."""
    known = {"PATH": os.environ["PATH"], **environment}
    lines = f"set -eu -o pipefail\nshopt -s expand_aliases\n{script}"
    return subprocess.run(
        ["bash", "-c", lines], env=known, cwd=folder, capture_output=True, text=True, timeout=60
    )


async def test_the_lines_of_the_guide_work(registry, token, tmp_path):
    hris = token("hris", units=("SL",), subject="mcsd-guide")
    environment = {"URL": registry.url, "TOKEN": hris, "ADMIN": token("ops")}
    done = await asyncio.to_thread(run, blocks(), tmp_path, environment)
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-500:])
    assert done.stdout.count('"status":"201 Created"') == 3, "the second time nothing is new"
    assert done.stdout.count('"status":"200 OK"') == 3
    assert '"total":0' in done.stdout, "nobody is at the district itself"
    assert done.stdout.count("Baama Community Health Centre") >= 2
    assert '<Bundle xmlns="http://hl7.org/fhir">' in done.stdout
