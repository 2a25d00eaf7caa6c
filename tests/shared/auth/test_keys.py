import asyncio
from contextlib import asynccontextmanager

import pytest

from shared.auth import key_set as module
from shared.auth.tokens import Tokens
from shared.errors import Unauthorized, Unavailable
from tests.shared.auth.issuers import NAME, issuer, published

OLD, NEW = issuer("old"), issuer("new")


@pytest.fixture
def at_once(monkeypatch):
    """The key set may be fetched as often as somebody likes."""
    monkeypatch.setattr(module, "FLOOR", 0.0)
    monkeypatch.setattr(module, "FLOOR_WITHOUT_KEYS", 0.0)


@asynccontextmanager
async def verifying(url):
    tokens = Tokens(NAME, url, "steward", "pepper", "local")  # production takes no keys over http:
    try:
        yield tokens
    finally:
        await tokens.close()


async def test_a_new_key_is_fetched_when_a_token_names_it(at_once):
    async with published(OLD) as keys, verifying(keys.url) as tokens:
        await tokens.verify(OLD.token("hris"))
        keys.publish(OLD, NEW)
        await tokens.verify(NEW.token("hris"))
        await tokens.verify(OLD.token("hris", jti="2"))
        assert keys.asked == 2


async def test_a_withdrawn_key_no_longer_counts_even_for_remembered_tokens(at_once, monkeypatch):
    async with published(OLD) as keys, verifying(keys.url) as tokens:
        token = OLD.token("hris")
        await tokens.verify(token)
        keys.publish(NEW)
        monkeypatch.setattr(module, "MAX_AGE", 0.0)
        await tokens.verify(NEW.token("hris"))
        with pytest.raises(Unauthorized):
            await tokens.verify(token)


async def test_an_old_set_is_fetched_again_in_the_background(at_once, monkeypatch):
    async with published(OLD) as keys, verifying(keys.url) as tokens:
        token = OLD.token("hris")
        await tokens.verify(token)
        keys.publish(NEW)
        monkeypatch.setattr(module, "MAX_AGE", 0.0)
        monkeypatch.setattr(module, "TOO_OLD", float("inf"))
        assert await tokens.verify(token), "nobody waits for the fetch"
        async with asyncio.timeout(5):
            while tokens._keys.revision == 1:
                await tokens.verify(token)
                await asyncio.sleep(0.005)
        with pytest.raises(Unauthorized):
            await tokens.verify(token)


async def test_a_set_that_nobody_asked_for_in_long_is_waited_for_unless_the_issuer_is_away(
    at_once, monkeypatch
):
    async with published(OLD) as keys, verifying(keys.url) as tokens:
        token = OLD.token("hris")
        await tokens.verify(token)
        monkeypatch.setattr(module, "MAX_AGE", 0.0)
        keys.status = 503
        assert await tokens.verify(token)
        keys.status = 200
        await tokens.verify(token)
        await tokens._keys._renewal  # which the one before left to the background
        keys.publish(NEW)
        with pytest.raises(Unauthorized):
            await tokens.verify(token)


async def test_made_up_key_ids_do_not_flood_the_issuer():
    async with published(OLD) as keys, verifying(keys.url) as tokens:
        await tokens.verify(OLD.token("hris"))
        for number in range(20):
            with pytest.raises(Unauthorized):
                await tokens.verify(issuer(f"made-up-{number % 2}").token("hris"))
        assert keys.asked == 1


async def test_first_tokens_share_one_fetch():
    async with published(OLD) as keys, verifying(keys.url) as tokens:
        await asyncio.gather(*(tokens.verify(OLD.token("hris", jti=str(n))) for n in range(10)))
        assert keys.asked == 1


@pytest.mark.parametrize("broken", ["status", "empty", "other keys only", "no object"])
async def test_known_keys_outlast_the_issuer(at_once, broken):
    async with published(OLD) as keys, verifying(keys.url) as tokens:
        await tokens.verify(OLD.token("hris"))
        if broken == "status":
            keys.status = 503
        elif broken == "empty":
            keys.document = {"keys": []}
        elif broken == "other keys only":
            keys.document = {"keys": [{"kty": "oct", "k": "c2VjcmV0", "kid": "old"}, 7, {"kty": "RSA"}]}
        else:
            keys.document = []
        with pytest.raises(Unauthorized):
            await tokens.verify(NEW.token("hris"))
        assert keys.asked == 2
        await tokens.verify(OLD.token("hris", jti="2"))


async def test_known_keys_outlast_an_issuer_that_is_gone(at_once):
    async with published(OLD) as keys:
        tokens = Tokens(NAME, keys.url, "steward", "pepper", "production")
        await tokens.verify(OLD.token("hris"))
    await tokens.verify(OLD.token("hris", jti="2"))
    with pytest.raises(Unauthorized):
        await tokens.verify(NEW.token("hris"))
    await tokens.close()


async def test_without_any_key_the_caller_may_try_again(at_once):
    async with published(OLD) as keys, verifying(keys.url) as tokens:
        keys.status = 500
        await tokens.start()
        with pytest.raises(Unavailable) as away:
            await tokens.verify(OLD.token("hris"))
        assert away.value.code == "issuer-away"
        assert away.value.headers["Retry-After"]
        keys.status = 200
        await tokens.verify(OLD.token("hris"))


async def test_an_endless_key_set_is_not_read_to_its_end(at_once, monkeypatch):
    monkeypatch.setattr(module, "MAX_BYTES", 100)
    async with published(OLD) as keys, verifying(keys.url) as tokens:
        with pytest.raises(Unavailable):
            await tokens.verify(OLD.token("hris"))
        assert keys.asked >= 1
