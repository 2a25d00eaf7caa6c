"""What the process that holds the accounts is asked for, and its records, which it alone writes."""

import hashlib

import msgspec
from nats.errors import NoRespondersError

from services.gateway.broker import RETRY_AFTER, Broker, following, message, sequence
from shared.errors import Conflict, NotFound, Problem, Unavailable
from shared.messaging.reader_requests import ASKED, SEEN, Ask, Outcome, ReaderRecord, Refusal, key_of
from shared.messaging.stream_names import READERS

PATIENCE = 10.0  # seconds in which a reader is made or revoked, or it is said that it is not


class ReaderAccounts:
    """Readers that the API made."""

    def __init__(self, broker: Broker) -> None:
        self._broker = broker

    async def ask(self, ask: Ask) -> Outcome:
        """What became of a request.

        Raises Unavailable `readers-away` and `broker-away`, Conflict `reader-exists` and `readers-full`, NotFound
        `reader-unknown`.
        """
        async with self._broker.asking() as client:
            try:
                answer = await client.request(ASKED, msgspec.json.encode(ask), timeout=PATIENCE)
            except NoRespondersError:
                raise _refusal(Refusal.BROKER) from None
        outcome = msgspec.json.decode(answer.data, type=Outcome)
        if outcome.refused is not None:
            raise _refusal(outcome.refused)
        return outcome

    async def every(self) -> list[ReaderRecord]:
        """All readers, those too that were revoked in the last 400 days; by name, the newest first."""
        found: list[ReaderRecord] = []
        async with self._broker.asking() as client:
            after = 0
            while messages := await following(client, READERS, after, key_of()):
                after = sequence(messages[-1])
                found += [msgspec.json.decode(each.data, type=ReaderRecord) for each in messages]
        return sorted(found, key=lambda each: (each.name, not each.active, -each.made_at))

    async def one(self, name: str) -> ReaderRecord:
        """The reader of this name, else the last one that was revoked. Raises NotFound `reader-unknown`."""
        for each in await self.every():
            if each.name == name:
                return each
        raise NotFound("reader-unknown", "There is no such reader.")

    async def seen(self) -> dict[str, int]:
        """When each was last there, by the names of their durables: in seconds of Unix time, to the minute."""
        async with self._broker.asking() as client:
            found = await message(client, READERS, last_by_subj=SEEN)
        return msgspec.json.decode(found.data, type=dict[str, int]) if found is not None else {}


def digest_of(caller_key: str, idempotency_key: str | None) -> str | None:
    """The digest of an Idempotency-Key, which is the caller's own; None for none."""
    if idempotency_key is None:
        return None
    return hashlib.sha256(f"{caller_key}\n{idempotency_key}".encode()).hexdigest()


def _refusal(refused: Refusal) -> Problem:
    match refused:
        case Refusal.EXISTS:
            return Conflict("reader-exists", "There is a reader of this name, for something else.")
        case Refusal.UNKNOWN:
            return NotFound("reader-unknown", "There is no such reader.")
        case Refusal.FULL:
            return Conflict("readers-full", "There are as many readers as there may be.")
        case Refusal.BROKER:
            return Unavailable("readers-away", "Readers cannot be changed now.", headers=RETRY_AFTER)
