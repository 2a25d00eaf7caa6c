"""The issuer's public keys: fetched when needed, rotated, still used while the issuer is away."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import url2pathname

import aiohttp
import jwt
import orjson

from shared.auth import signatures

log = logging.getLogger("steward.auth")

FLOOR = 10.0  # seconds between two fetches, so that made-up key ids cannot make us flood the issuer
FLOOR_WITHOUT_KEYS = 1.0  # nobody can be let in before the first fetch succeeds
MAX_AGE = 300.0  # seconds after which keys are fetched again, so that a withdrawn one stops working
OWN_MAX_AGE = 30.0  # the same of the instance's own clients' keys: registry is near
TOO_OLD = 2.0  # times that age: a set that nobody asked for until then is waited for
OWN_GONE = timedelta(
    seconds=TOO_OLD * OWN_MAX_AGE + 5
)  # after which no service knows one of these that was withdrawn
TIMEOUT = 3.0
MAX_BYTES = 1 << 20
# RFC 7518 section 3.1 and RFC 8037: signatures by key pairs only, one algorithm for each kind of key.
_ALGORITHMS = {("RSA", None): "RS256", ("EC", "P-256"): "ES256", ("OKP", "Ed25519"): "EdDSA"}


@dataclass(frozen=True, slots=True)
class Key:
    """One public key and the only algorithm it verifies."""

    id: str | None
    algorithm: str
    material: Any
    development: bool


class KeySet:
    """The keys at a JWKS address (https:, http: or file:)."""

    def __init__(
        self, url: str, *, pepper: str = "", read: Callable[[], Awaitable[bytes]] | None = None
    ) -> None:
        """Fetch from `url`, with a `pepper` sealed by registry; or from where `read` finds the document.

        With either, they are keys of the instance's own clients.
        """
        self._is_own = bool(pepper or read)
        self._url = url
        self._pepper = pepper
        self._read = read or self._fetch
        self._keys: dict[str | None, Key] = {}
        self._tried = self._fetched = float("-inf")
        self._lock = asyncio.Lock()
        self._renewal: asyncio.Task[None] | None = None
        self.revision = 0

    def __len__(self) -> int:
        """How many keys are known."""
        return len(self._keys)

    @property
    def development(self) -> bool:
        """Whether one of the keys is a development issuer's."""
        return any(key.development for key in self._keys.values())

    async def find(self, key_id: str | None) -> Key | None:
        """The key named by a token; an unknown one has the set fetched, at most every FLOOR seconds.

        A token without a key id is matched when the set has one key (RFC 7515 section 4.1.4 leaves it open).
        """
        key = self._named(key_id)
        if key is None:
            await self.refresh()
            key = self._named(key_id)
        return key

    async def renew(self) -> None:
        """Fetch an old set again: in the background, unless it is much too old.

        So it is where nobody called for long. Then a withdrawn key must not count for the first who does. Nobody
        waits for an issuer that was away just now.
        """
        age, most = time.monotonic() - self._fetched, OWN_MAX_AGE if self._is_own else MAX_AGE
        if not self._keys or age < most or not self._due():
            return
        if age >= TOO_OLD * most and self._tried == self._fetched:
            await self.refresh()
        elif self._renewal is None or self._renewal.done():
            self._renewal = asyncio.create_task(self.refresh())

    async def refresh(self) -> None:
        """Fetch the set unless that was tried just now. When it fails, the known keys stay."""
        async with self._lock:  # who waited here finds the set fetched
            if not self._due():
                return
            self._tried = time.monotonic()
            try:
                keys = usable(await self._read())
            except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                log.warning("issuer's keys: %s; %d known keys stay", type(error).__name__, len(self))
                return
            self._fetched = self._tried
            if keys.keys() != self._keys.keys() or any(
                _differs(keys[name], self._keys[name]) for name in keys
            ):
                self._keys = keys
                self.revision += 1

    async def close(self) -> None:
        """Stop a fetch that runs in the background."""
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)

    def _named(self, key_id: str | None) -> Key | None:
        if key_id is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(key_id)

    def _due(self) -> bool:
        return time.monotonic() - self._tried >= (FLOOR if self._keys else FLOOR_WITHOUT_KEYS)

    async def _fetch(self) -> bytes:
        parts = urlsplit(self._url)
        if parts.scheme == "file":
            return await asyncio.to_thread(Path(url2pathname(parts.path)).read_bytes)
        timeout = aiohttp.ClientTimeout(total=TIMEOUT)
        async with (
            aiohttp.ClientSession(timeout=timeout) as http,
            http.get(self._url, allow_redirects=False) as response,
        ):
            response.raise_for_status()  # an address elsewhere may be one that anybody can read along with
            body = await response.content.read(MAX_BYTES)
            while not response.content.at_eof():
                body += await response.content.read(MAX_BYTES)
                if len(body) > MAX_BYTES:
                    raise ValueError("the key set is too large")
            sent = response.headers.get(signatures.HEADER)
        if self._pepper and not signatures.unbroken_keys(sent, self._pepper, body):
            raise ValueError("the key set is not sealed")
        return body


def usable(body: bytes) -> dict[str | None, Key]:
    """The usable keys of a JWKS document (RFC 7517 section 5: others are passed over).

    Raises ValueError without any usable key, so that a broken document never empties the set.
    """
    document = orjson.loads(body)
    entries = document.get("keys") if isinstance(document, dict) else None
    keys: dict[str | None, Key] = {}
    for entry in entries if isinstance(entries, list) else ():
        key = _key(entry)
        if key is not None:
            keys[key.id] = key
    if not keys:
        raise ValueError("no usable key")
    return keys


def _key(entry: Any) -> Key | None:
    if not isinstance(entry, dict) or entry.get("use", "sig") != "sig":
        return None
    kind = str(entry.get("kty"))
    algorithm = _ALGORITHMS.get((kind, None if kind == "RSA" else str(entry.get("crv"))))
    if algorithm is None or entry.get("alg", algorithm) != algorithm:
        return None
    try:
        material = jwt.PyJWK(entry, algorithm).key
    except (jwt.PyJWTError, ValueError, TypeError, AttributeError):
        return None
    key_id = entry.get("kid")
    name = key_id if isinstance(key_id, str) else None
    development = bool(entry.get("steward_dev")) or (name or "").startswith(("dev-", "development"))
    return Key(name, algorithm, material, development)


def _differs(one: Key, other: Key) -> bool:
    return one.algorithm != other.algorithm or one.material != other.material
