"""An issuer's public keys: cached, rotated, and kept while the issuer is away."""

import asyncio
import logging
import time
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import orjson
from jwt import PyJWK, PyJWKSet
from jwt.exceptions import PyJWTError

log = logging.getLogger("steward.auth")

REFRESH_SECONDS = 600.0  # a key that left the set stops working within this time
FLOOR_SECONDS = 5.0  # between two fetches, however many unknown key ids come in


class Keys:
    """The JSON Web Key Set at `url` (http, https, or file for the local stack)."""

    def __init__(self, url: str) -> None:
        """Nothing is fetched before the first use."""
        self._url = url
        self._keys: dict[str, PyJWK] = {}
        self._tried = -REFRESH_SECONDS
        self._lock = asyncio.Lock()

    async def find(self, key_id: str) -> PyJWK | None:
        """The key with this id; an unknown id makes the set be fetched again, at most every 5 s."""
        if key_id not in self._keys or time.monotonic() - self._tried > REFRESH_SECONDS:
            async with self._lock:
                floor = FLOOR_SECONDS if key_id not in self._keys else REFRESH_SECONDS
                if time.monotonic() - self._tried > floor:
                    await self._refresh()
        return self._keys.get(key_id)

    async def _refresh(self) -> None:
        """Replace the keys; when the issuer is away, the ones known stay."""
        self._tried = time.monotonic()
        try:
            document = orjson.loads(await self._fetch())
            found = PyJWKSet.from_dict(document).keys
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError, PyJWTError) as error:
            log.warning("issuer's keys cannot be read (%s), known keys stay", type(error).__name__)
            return
        self._keys = {key.key_id: key for key in found if key.key_id}

    async def _fetch(self) -> bytes:
        parts = urlsplit(self._url)
        if parts.scheme == "file":
            return await asyncio.to_thread(Path(parts.path).read_bytes)
        timeout = aiohttp.ClientTimeout(total=5)
        async with aiohttp.ClientSession(timeout=timeout) as client, client.get(self._url) as response:
            response.raise_for_status()
            return await response.read()
