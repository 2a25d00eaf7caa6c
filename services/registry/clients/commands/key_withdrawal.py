"""Withdrawing the keys that sign clients' tokens, as an operator does by `steward clients withdraw-keys`."""

from datetime import datetime

import msgspec

from services.registry.clients.commands.signing_keys import withdraw
from shared import clock
from shared.auth.key_set import OWN_GONE
from shared.database.engine import Database
from shared.settings import Settings


class Withdrawn(msgspec.Struct, frozen=True):
    """The ids of the keys that count no more, of the one that signs now, and when every service knows."""

    withdrawn: list[str]
    signs: str
    refused_from: datetime


async def withdraw_all(settings: Settings) -> Withdrawn:
    """Sign with a new key from now on, and withdraw all others. Raises SQLAlchemyError, OSError."""
    database = Database(settings)
    try:
        async with database.session() as session:
            gone, new = await withdraw(session, settings.subject_pepper)
        return Withdrawn(gone, new, clock.real() + OWN_GONE)
    finally:
        await database.close()
