"""Secrets that come at the same time are looked up together, and who goes away meanwhile holds up nobody."""

import asyncio
from contextlib import asynccontextmanager

import pytest

from services.registry.clients.commands import known_secrets
from services.registry.clients.commands.client_secrets import digest
from services.registry.clients.commands.known_secrets import KnownSecrets


class OneClient:
    """A database with the secret `right` of the client `known`; it answers once it may."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.queries = 0

    @asynccontextmanager
    async def reading(self):
        yield self

    async def execute(self, _):
        self.queries += 1
        await self.may_answer.wait()
        return [("known", digest("right"))]


async def test_many_guesses_are_one_query_and_the_right_secret_is_among_them():
    database = OneClient()
    secrets = KnownSecrets(database)
    first = asyncio.create_task(secrets.has("known", "guess"))
    guesses = [asyncio.create_task(secrets.has("known", f"guess-{number}")) for number in range(400)]
    right = asyncio.create_task(secrets.has("known", "right"))
    other = asyncio.create_task(secrets.has("other", "right"))
    await asyncio.sleep(0)  # all wait for the first
    database.may_answer.set()
    assert (await right, await other, await first) == (True, False, False)
    assert not any(await asyncio.gather(*guesses))
    assert database.queries <= 2


@pytest.mark.parametrize("cut_off", [0, 1, 3])
async def test_who_is_cut_off_while_it_looks_for_all_holds_up_nobody(monkeypatch, cut_off):
    monkeypatch.setattr(known_secrets, "AT_ONCE", 2)
    database = OneClient()
    secrets = KnownSecrets(database)
    asked = [asyncio.create_task(secrets.has("known", "right")) for _ in range(5)]
    await asyncio.sleep(0)  # they wait, the first asks
    asked[cut_off].cancel()
    database.may_answer.set()
    found = await asyncio.gather(*asked, return_exceptions=True)
    assert [each for each in found if not isinstance(each, asyncio.CancelledError)] == [True] * 4
    assert isinstance(found[cut_off], asyncio.CancelledError)
    assert not secrets._waiting
