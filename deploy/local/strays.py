"""What a run that was killed leaves behind: services, nats-server and PostgreSQL that nobody watches any more."""

from pathlib import Path

from deploy.local.nats import NatsServer
from deploy.local.postgres import PostgresServer
from deploy.local.service import end_stray_service
from deploy.services import NAMES
from shared.messaging.reader_requests import PROCESS


def end_all(folder: Path) -> None:
    """End them in order. Nothing may run on the folder any more: the caller holds its lock."""
    for name in ("traces", PROCESS, *NAMES):
        end_stray_service(folder, name)
    NatsServer(folder, "", {}).end_stray()
    PostgresServer(folder, "").end_stray()
