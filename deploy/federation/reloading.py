"""A server reads its configuration again, and says whether it takes it.

A signal to its process is never answered: nats-server goes on with what it had, and whoever changed the
membership would believe it changed. So it is asked in its system account.
"""

import json
import os
from collections.abc import Callable
from pathlib import Path

import nats
from nats.aio.client import Client

from deploy.federation.folder import FederationError

_PING = "$SYS.REQ.SERVER.PING"
_SECONDS = 10.0


async def rewritten(path: Path, write: Callable[[], None], system: Client) -> None:
    """Have `write` write the configuration at `path`, and the server read it.

    Raises FederationError with the server's own words where it refuses; then the file is as it was, with
    which the server goes on. `system` speaks as the system account's user.
    """
    before = _content(path)
    try:
        write()
        await _read_again(system)
    except BaseException:
        if before is not None:
            _put_back(path, before)
        raise


async def _read_again(system: Client) -> None:
    try:
        answer = json.loads((await system.request(_PING, b"", timeout=_SECONDS)).data)
        asked = f"$SYS.REQ.SERVER.{answer['server']['id']}.RELOAD"
        said = json.loads((await system.request(asked, b"", timeout=_SECONDS)).data)
    except (nats.errors.Error, OSError) as error:
        raise FederationError(
            f"NATS did not answer whether it reads its new configuration ({type(error).__name__}): try again."
        ) from None
    if "error" in said:
        raise FederationError(
            f"NATS refused its new configuration: {said['error'].get('description')}. It goes on with the old"
            " one, so every link is as before."
        )


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None


def _put_back(path: Path, content: bytes) -> None:
    """As it was, for its owner alone: passwords are in it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
