"""``steward federation export`` and ``import`` as an operator runs them, and what a carried file holds."""

import asyncio
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from subprocess import CompletedProcess

from deploy.federation.store.membership_store import Folder
from deploy.federation.transfer import bundle
from deploy.federation.transfer.bundle import Peer
from tests.federation.instance import Instance

STEWARD = [sys.executable, "-c", "from deploy.cli import main; main()", "federation"]
_COUNTED = re.compile(r"(\d+) messages, (\d+) of them new to the stream")


@dataclass(frozen=True)
class Carried:
    """A file that was carried: the events in it, and how many of them were new."""

    ids: frozenset[str]
    fresh: int


async def steward(instance: Instance, *arguments: str) -> CompletedProcess[str]:
    """A command at an instance, in a process of its own."""
    command = [*STEWARD, *arguments, "--folder", str(instance.folder / "federation")]
    return await asyncio.to_thread(
        subprocess.run, command, cwd=instance.folder, capture_output=True, text=True, check=False
    )


async def carried(source: Instance, target: Instance, *how: str) -> Carried:
    """Export at one instance, import at the other."""
    file = source.folder / "carried.bin"
    said = await steward(source, "export", str(file), *how)
    assert said.returncode == 0, said.stderr
    ids = _ids(file, source, target)
    assert said.stdout == f"{len(ids)} messages in {file}\n"
    said = await steward(target, "import", str(file))
    assert said.returncode == 0, said.stderr
    counted = _COUNTED.match(said.stdout)
    assert counted is not None, said.stdout
    assert int(counted[1]) == len(ids)
    return Carried(frozenset(ids), int(counted[2]))


def _ids(file: Path, source: Instance, target: Instance) -> list[str]:
    """The events in a file, read as its reader reads it."""
    writer, reader = (Folder(one.folder / "federation").keys() for one in (source, target))
    reach = "down" if source.name == "hub" else "up"
    peer = Peer(source.name, writer.public, writer.public_box, reach)
    return [one.event_id for one in bundle.unpacked(file.read_bytes(), reader, target.name, peer)]
