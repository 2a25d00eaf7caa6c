"""Connections of one user to a broker."""

from collections.abc import Mapping

import nats
from nats.aio.client import Client

from deploy.broker.server_settings import inbox_prefix
from tests.servers import PASSWORDS


async def client_of(
    url: str, user: str, refused: list[str], passwords: Mapping[str, str] = PASSWORDS
) -> Client:
    """A connection that listens to the user's own replies; `refused` takes what the server says of all others."""

    async def note(error: Exception) -> None:
        refused.append(str(error))

    return await nats.connect(
        url,
        user=user,
        password=passwords[user],
        inbox_prefix=inbox_prefix(user).encode(),
        error_cb=note,
    )
