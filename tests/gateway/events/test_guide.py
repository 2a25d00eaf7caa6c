"""The commands of docs/integrate/events.md, as they stand there, by a reader who has an address and a token."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from tests.docs.pages import DOCS
from tests.gateway.events.conftest import shown
from tests.gateway.events.receiver import receiving
from tests.registry.builders import hired
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

PAGE = DOCS / "integrate" / "events.md"


def commands() -> list[str]:
    """The shell blocks of the page but the first, which asks a local stack for address and token.

    Those about NATS, from the sixth on, are run where readers are made: `tests/deploy/test_reader_accounts.py`.
    """
    return re.findall(r"^```sh\n(.*?)^```", PAGE.read_text(), re.DOTALL | re.MULTILINE)[1:]


async def run(script: str, folder: Path, **variables: str) -> str:
    """What a script prints; it must not fail."""
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", **variables}
    process = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", script,
        cwd=folder, env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode == 0, (out, err)
    return out.decode()


async def test_a_reader_begins_goes_on_and_follows(country, tmp_path):
    begin, go_on, follow, hook, again = commands()[:5]
    known = {"URL": country.gateway.url, "TOKEN": str(country.gateway.token)}
    begun = await run(begin + "\necho $CURSOR", tmp_path, **known)
    assert "/v1/people" in begun
    cursor = begun.split()[-1]
    who, _ = await hired(country.registry, "E1A")
    await shown(country, who, cursor)
    went_on = await run(go_on + "\necho $CURSOR", tmp_path, **known, CURSOR=cursor)
    assert "steward.registry.people-changed.v1" in went_on
    assert went_on.split()[-1] != cursor
    followed = await run(follow, tmp_path, **known, CURSOR=cursor)
    assert "steward.registry.people-changed.v1" in followed
    async with receiving() as receiver:
        known |= {"RECEIVER": receiver.url, "CURSOR": cursor}
        hooked = await run(hook + "\necho; echo $ID $SECRET", tmp_path, **known)
        assert '"outcome":"test"' in hooked
        webhook_id, secret = hooked.split()[-2:]
        receiver.secrets.append(secret)
        await wait_for(lambda: len(receiver.ids) > 1, 20)
        known["ID"] = webhook_id
        replayed = await run(again, tmp_path, **known)
        assert '"delivered"' in replayed
        assert "whsec_" in replayed
