"""Makes, renews and revokes readers: one after another, and nothing but readers of one shape."""

import asyncio
import hmac
import logging
import os
import secrets
import time
from collections.abc import Iterable
from hashlib import sha256
from pathlib import Path

import nkeys
from msgspec.structs import replace
from nats.aio.client import Client
from nats.errors import Error as NatsError

from deploy.broker import accounts_file
from deploy.broker.server_reload import read_again
from deploy.reader_accounts import consumers
from deploy.reader_accounts.reader_bucket import Records, Stored
from shared.messaging.reader_requests import Action, Ask, Outcome, ReaderRecord, Refusal
from shared.settings import Settings

log = logging.getLogger("steward.readers")
MOST = 200  # readers at a time: the server takes a quarter of a second to take over the accounts of so many
REMEMBERED = (
    16  # keys of earlier credentials of one reader: a late repeat of one brings no old credential back
)
EVER = 2000  # with those that were revoked in the last 400 days


class Refused(Exception):
    """The server did not take over the accounts; its words."""


class AccountDesk:
    """Holds an instance's readers. `client` is in the account of the streams, `system` in the server's own."""

    def __init__(self, client: Client, system: Client, path: Path, settings: Settings) -> None:
        self._jetstream = client.jetstream()
        self._system = system
        self._records = Records(client)
        self._path = path
        self._settings = settings
        self._one = asyncio.Lock()
        self._known: dict[str, Stored] = {}
        self._unsure = True  # whether records, file, server and consumers may differ

    async def begin(self) -> None:
        """Make file, server and consumers as the records say. Raises what the client raises, and Refused."""
        async with self._one:
            await self._begin()

    async def _begin(self) -> None:
        self._unsure = True
        self._known = await self._records.every()
        await self._take_over(self._active())
        for reader in self._active():
            await consumers.make(self._jetstream, reader, self._settings.instance, self._settings.epoch)
        await consumers.delete_others(self._jetstream, [reader.durable for reader in self._active()])
        self._unsure = False

    async def look_again(self) -> None:
        """Begin again where something was not finished; note who was seen."""
        async with self._one:
            if self._unsure:
                await self._begin()
        if self._active():
            await self._records.note_seen(await consumers.seen(self._jetstream, int(time.time())))

    async def answer(self, ask: Ask) -> Outcome:
        """What became of a request; a refusal where the broker does not do its part."""
        does = {Action.MAKE: self._make, Action.RENEW: self._renew, Action.REVOKE: self._revoke}
        async with self._one:
            try:
                if self._unsure:
                    await self._begin()
                self._unsure = True
                outcome = await does[ask.action](ask)
                self._unsure = False
                return outcome
            except (NatsError, OSError, TimeoutError, Refused) as error:
                log.error("the broker did not %s a reader: %s", ask.action, type(error).__name__)
                return Outcome(refused=Refusal.BROKER)

    async def _make(self, ask: Ask) -> Outcome:
        if (known := self._named(ask.name)) is not None:
            same = known.record.sees is ask.sees
            return self._again(known.record, ask) if same else Outcome(refused=Refusal.EXISTS)
        if (revoked := self._revoked(ask)) is not None:
            return Outcome(record=revoked)
        if len(self._known) >= EVER:
            self._known = await self._records.every()  # without those that are forgotten by now
        if len(self._active()) >= MOST or len(self._known) >= EVER:
            return Outcome(refused=Refusal.FULL)
        generation = secrets.token_hex(4)
        seed = self._seed(f"reader-{ask.name}-{generation}", ask)
        reader = ReaderRecord(
            name=ask.name,
            sees=ask.sees,
            generation=generation,
            public_key=_public(seed),
            made_at=_now(),
            made_by=ask.by,
            asked=ask.asked,
        )
        await self._add(reader)
        return Outcome(record=reader, credential=seed, made=True)

    async def _add(self, reader: ReaderRecord) -> None:
        """Consumers, account and record; where one of them is refused, the file is as it was."""
        before = self._active()
        try:
            await consumers.make(self._jetstream, reader, self._settings.instance, self._settings.epoch)
            await self._take_over([*before, reader])
            self._known[reader.durable] = await self._records.write(reader)
        except BaseException:
            accounts_file.write(self._path, accounts_file.content_of(before))
            raise

    async def _renew(self, ask: Ask) -> Outcome:
        if (known := self._named(ask.name)) is None:
            return Outcome(refused=Refusal.UNKNOWN)
        if (again := self._again(known.record, ask)).credential is not None:
            return again
        if ask.asked in known.record.earlier:
            return Outcome(record=known.record)
        seed = self._seed(known.record.durable, ask)
        earlier = (*known.record.earlier, *filter(None, [known.record.asked]))
        changed = {
            "public_key": _public(seed),
            "renewed_at": _now(),
            "renewed_by": ask.by,
            "asked": ask.asked,
            "earlier": earlier[-REMEMBERED:],
        }
        reader = replace(known.record, **changed)
        await self._change(known, reader)
        return Outcome(record=reader, credential=seed)

    async def _revoke(self, ask: Ask) -> Outcome:
        if (known := self._named(ask.name)) is None:
            revoked = [each.record for each in self._known.values() if each.record.name == ask.name]
            return Outcome(record=revoked[-1]) if revoked else Outcome(refused=Refusal.UNKNOWN)
        reader = replace(known.record, revoked_at=_now(), revoked_by=ask.by)
        await self._change(known, reader)
        await consumers.delete(self._jetstream, reader.durable)
        return Outcome(record=reader)

    async def _change(self, known: Stored, reader: ReaderRecord) -> None:
        """Store first: what the server does not take over now, it takes over later."""
        self._known[reader.durable] = await self._records.write(reader, known.revision)
        await self._take_over(self._active())

    async def _take_over(self, readers: Iterable[ReaderRecord]) -> None:
        """Have the server know these readers and no others, whose connections it closes. Raises Refused.

        It is asked twice: what a new account imports works from the second time on (nats-server 2.15).
        """
        accounts_file.write(self._path, accounts_file.content_of(readers))
        for _ in range(2):
            if (refused := await read_again(self._system)) is not None:
                log.error("the broker refuses the accounts of readers; it goes on with those before")
                raise Refused(refused)

    def _again(self, reader: ReaderRecord, ask: Ask) -> Outcome:
        """The reader as it is, with its credential where this very request made it."""
        if ask.asked is not None and ask.asked == reader.asked:
            seed = self._seed(reader.durable, ask)
            if _public(seed) == reader.public_key:
                return Outcome(record=reader, credential=seed)
        return Outcome(record=reader)

    def _seed(self, durable: str, ask: Ask) -> str:
        """A new seed; under an Idempotency-Key the same each time, from this process's own password."""
        content = os.urandom(32)
        if ask.asked is not None:
            named = f"{durable}\n{ask.action}\n{ask.asked}".encode()
            content = hmac.new(self._settings.nats_password.encode(), named, sha256).digest()
        return str(nkeys.encode_seed(content, nkeys.PREFIX_BYTE_USER).decode())

    def _named(self, name: str) -> Stored | None:
        for stored in self._known.values():
            if stored.record.active and stored.record.name == name:
                return stored
        return None

    def _revoked(self, ask: Ask) -> ReaderRecord | None:
        """The reader that this very request made, where it was revoked since: a late repeat makes no other one."""
        for stored in self._known.values():
            if stored.record.name == ask.name and stored.record.was_asked(ask.asked):
                return stored.record
        return None

    def _active(self) -> list[ReaderRecord]:
        return [stored.record for stored in self._known.values() if stored.record.active]


def _public(seed: str) -> str:
    return str(nkeys.from_seed(seed.encode()).public_key.decode())


def _now() -> int:
    return int(time.time())
