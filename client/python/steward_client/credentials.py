"""Access tokens by client credentials (RFC 6749 section 4.4): asked for once, and again before they end."""

import asyncio
import json
from base64 import b64encode
from time import monotonic
from urllib.parse import quote_plus

import aiohttp

from steward_client.problem import Problem

PATH = "/oauth/token"
EARLY = 30.0  # seconds before its end at which a token is not used any more


class ClientCredentials:
    """What gives an access token that is valid: `Client(url, ClientCredentials(url, client_id, secret))`."""

    def __init__(self, url: str, client_id: str, secret: str, *, patience: float = 30.0) -> None:
        """Of the client `client_id` at the instance `url`; an answer is waited for `patience` seconds."""
        self._url = url.rstrip("/")
        named = f"{quote_plus(client_id)}:{quote_plus(secret)}"
        self._headers = {"Authorization": f"Basic {b64encode(named.encode()).decode()}"}
        self._timeout = aiohttp.ClientTimeout(total=patience)
        self._asking = asyncio.Lock()
        self._token = ""
        self._until = 0.0  # by the monotonic clock

    async def __call__(self) -> str:
        """The token, a new one where there is none that lasts.

        Raises Problem with the code of RFC 6749 section 5.2, such as `invalid_client`.
        """
        async with self._asking:
            if monotonic() >= self._until:
                await self._ask()
            return self._token

    async def _ask(self) -> None:
        asked = monotonic()
        form = {"grant_type": "client_credentials"}
        async with (
            aiohttp.ClientSession(timeout=self._timeout, headers=self._headers) as http,
            http.post(self._url + PATH, data=form, allow_redirects=False) as response,
        ):
            body = await response.text()
        if response.status != 200:
            raise Problem("POST", PATH, response.status, _as_problem(body))
        answer = json.loads(body)
        lasts = float(answer["expires_in"])
        self._token, self._until = answer["access_token"], asked + max(lasts - EARLY, lasts / 2)


def _as_problem(body: str) -> str:
    """An error of OAuth 2.0 under the names that a problem has; anything else as it is."""
    try:
        found = json.loads(body)
        return json.dumps({"code": found["error"], "detail": found.get("error_description", "")})
    except (ValueError, KeyError, TypeError):
        return body
