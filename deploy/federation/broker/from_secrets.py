"""nats-server's configuration of an instance in containers, whose passwords are its secrets."""

import logging
from pathlib import Path

from deploy.broker.server_settings import ADMIN, ERASER, server_settings, write_settings
from deploy.federation.broker.leaf_configuration import federated
from deploy.secrets import secret
from deploy.services import NAMES
from shared import settings
from shared.messaging.reader_requests import PROCESS

log = logging.getLogger("steward.provision")
STORE = Path("/var/lib/steward/jetstream")
ACCOUNTS = Path("/etc/steward-readers/readers.conf")  # a volume that its process alone may write
MONITOR = "127.0.0.1:8222"  # for the health check inside the container


def write_broker(path: Path, instance: str, federation: Path | None = None) -> None:
    """nats-server's configuration, with the users and permissions that the code has now.

    With `federation`, the folder of a hub or region, it has the link too; that folder's files are read
    by nats-server where they are.
    """
    from deploy.broker.external_readers import READERS

    passwords = {user: secret(f"{user}_nats_password") for user in (*NAMES, ADMIN)}
    for reader in (*READERS, ERASER, PROCESS):  # who has a password is a user; nobody has to be
        if (settings.SECRETS / f"{reader}_nats_password").is_file():
            passwords[reader] = secret(f"{reader}_nats_password")
    found = server_settings(  # its network is private
        instance, passwords, "0.0.0.0:4222", STORE, readers_file=f"../{ACCOUNTS.parent.name}/{ACCOUNTS.name}"
    )
    if federation is not None:
        found = federated(found, federation, system_password=passwords[ADMIN])
    write_settings(path, {**found, "http": MONITOR})


def prepare_start(path: Path, instance: str, federation: Path | None = None) -> None:
    """The same for a server that starts: with a file of readers' accounts that does not keep it from starting."""
    from deploy.broker import accounts_file

    if (settings.SECRETS / f"{PROCESS}_nats_password").is_file():
        place = path.parent.parent / ACCOUNTS.parent.name / ACCOUNTS.name
        if not accounts_file.prepare(place):
            log.warning("%s was broken and is put aside; `steward readers` makes it again", place)
    write_broker(path, instance, federation)
