"""Membership applied at a hub in containers: where its broker's configuration is, and what writes it again.

The command runs in a container of its own and cannot see the broker's process.
"""

from pathlib import Path

from deploy.broker.server_settings import ADMIN
from deploy.federation.broker.from_secrets import write_broker
from deploy.federation.store.membership_store import Folder
from shared import settings

BROKER = Path("/etc/steward/nats.conf")  # the job `broker` writes it, nats-server reads it


def here() -> bool:
    """Whether this is such a container, and its instance ran before."""
    return BROKER.exists() and (settings.SECRETS / f"{ADMIN}_nats_password").is_file()


def write(folder: Folder, instance: str) -> None:
    """Write the configuration with the members that `folder` has now."""
    write_broker(BROKER, instance, folder.path)
