"""``steward erase``: what the streams have of people who were erased."""

import asyncio
from typing import TYPE_CHECKING

from deploy import secrets
from deploy.broker.server_settings import ERASER, inbox_prefix
from deploy.data_folder.contents import running_settings
from deploy.data_folder.settings import local_settings
from deploy.printing import show_line
from deploy.services import consumers_of, owners
from shared.settings import Settings, read

if TYPE_CHECKING:
    from deploy.broker.message_erasure import Report


def erase() -> None:
    """Delete what the streams have of people who were erased; run it daily. Safe to repeat."""
    from nats.errors import Error as NatsError

    try:
        report = asyncio.run(_run(_settings()))
    except (NatsError, OSError) as error:
        raise SystemExit(f"NATS refused, or was not reached: {error}") from None
    show_line(f"{report.people} people are erased; {report.deleted} messages deleted, ")
    show_line(f"{report.published} published again without them")
    if report.waiting:
        show_line(f"{report.waiting} messages wait until every service has applied them: run it again")


def _settings() -> Settings:
    """The environment's settings, else those of an instance's secrets, else those of the local stack."""
    settings = read(Settings, service=ERASER)
    if settings.nats_user:
        return settings
    found = secrets.settings_of(ERASER) or running_settings(local_settings().folder, ERASER)
    if found is None:
        raise SystemExit("No stack has run here, and no STEWARD_ settings are in the environment.")
    return found


async def _run(settings: Settings) -> "Report":
    import nats

    from deploy.broker.message_erasure import erase_messages

    hub = settings.federation == "hub"
    durables = [
        durable.name
        for service in owners()
        for durable in consumers_of(service).durables(settings.instance, hub=hub)
    ]
    client = await nats.connect(
        settings.nats_servers(),
        user=settings.nats_user,
        password=settings.nats_password,
        inbox_prefix=inbox_prefix(ERASER).encode(),
        max_reconnect_attempts=3,
    )
    try:
        return await erase_messages(client, durables)
    finally:
        await client.close()
