"""Where the servers of a local stack listen: at the same ports at every start, or the start is refused.

People and scripts write addresses down. A port that is taken at the first start is replaced by a free one, which
is said and remembered in `ports.json`; one that was remembered, or that a setting names, is never replaced.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path

from deploy.data_folder.settings import LocalSettings
from deploy.local.processes import StartError, free_port, is_free
from deploy.services import NAMES
from shared.messaging.reader_requests import PROCESS

REMEMBERED = "ports.json"
WAIT_SECONDS = 5.0  # for a server of the run before, or an outgoing connection, to let go of a port
CONFIGURED = ("gateway", "metrics", "postgres", "nats", "traces")


def choose(folder: Path, settings: LocalSettings, say: Callable[[str], None]) -> dict[str, int]:
    """A port for each server and service by name, as remembered for the next start.

    Raises StartError, which names the port and what to do, where one that must stay is taken.
    """
    path = folder / REMEMBERED
    known: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}
    found: dict[str, int] = {}
    for name in CONFIGURED:
        field = f"{name}_port"
        wanted: int = getattr(settings, field)
        if field in settings.model_fields_set:
            remedy = f"set STEWARD_LOCAL_{field.upper()} to another"
            found[name] = _exactly(name, wanted, remedy)
        elif name in known:
            remedy = f"set STEWARD_LOCAL_{field.upper()}, or remove {path} and let new ones be found"
            found[name] = _exactly(name, known[name], remedy)
        else:
            found[name] = _near(name, wanted, say)
    for place, name in enumerate([*(name for name in NAMES if name != "gateway"), PROCESS], 1):
        if name in known:
            found[name] = _exactly(name, known[name], f"remove {path} and let new ones be found")
        else:
            found[name] = _near(name, found["gateway"] + place, say)
    path.write_text(json.dumps(found, indent=1))
    return found


def _exactly(name: str, port: int, remedy: str) -> int:
    """This very port, which a server that is just ending may hold for a moment longer."""
    deadline = time.monotonic() + WAIT_SECONDS
    while not is_free(port):
        if time.monotonic() > deadline:
            raise _taken(name, port, remedy)
        time.sleep(0.05)
    if free_port(port) != port:  # another stack that is just starting was given it
        raise _taken(name, port, remedy)
    return port


def _taken(name: str, port: int, remedy: str) -> StartError:
    return StartError(
        f"Port {port}, where {name} is to listen, is taken. End what listens there, or {remedy}."
    )


def _near(name: str, port: int, say: Callable[[str], None]) -> int:
    """The usual port, otherwise a free one, which is printed."""
    given = free_port(port, fresh=True)
    if given != port:
        say(f"port {port} is taken: {name} listens on {given}, also at later starts")
    return given
