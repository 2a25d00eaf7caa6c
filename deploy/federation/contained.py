"""Membership applied at a hub in containers: its broker's configuration written anew, and read again.

The signal is a request in the server's system account, because who applies membership runs in a container
of its own, from which no process of another one can be seen.
"""

import json
from pathlib import Path

from nats.aio.client import Client

from deploy.federation.folder import FederationError, Folder
from deploy.instance import write_broker
from deploy.local.nats import ADMIN
from shared import settings

BROKER = Path("/etc/steward/nats.conf")  # the job `broker` writes it, nats-server reads it


def here() -> bool:
    """Whether this is such a container, and its instance ran before."""
    return BROKER.exists() and (settings.SECRETS / f"{ADMIN}_nats_password").is_file()


async def write_and_reload(folder: Folder, instance: str, system: Client) -> None:
    """Write the configuration with the members that `folder` has now, and have it read by the server.

    Raises FederationError with the server's own words where it refuses what was written.
    """
    write_broker(BROKER, instance, folder.path)
    answer = json.loads((await system.request("$SYS.REQ.SERVER.PING", b"", timeout=5)).data)
    reload = f"$SYS.REQ.SERVER.{answer['server']['id']}.RELOAD"
    said = json.loads((await system.request(reload, b"", timeout=10)).data)
    if "error" in said:
        raise FederationError(f"NATS refused its new configuration: {said['error'].get('description')}")
