"""How many requests a minute each client may make, stated in each answer (draft-ietf-httpapi-ratelimit-headers).

A client is whoever calls with client credentials; people have no limit. Counts are of this gateway alone, since
sharing them would make each request wait for somebody: several replicas let several times as many pass.
"""

import math
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.auth.caller import Caller
from shared.auth.tokens import Tokens
from shared.errors import Problem, TooManyRequests
from shared.http import problems
from shared.http.rate_limits import RateLimits, Taken

POLICY = "client"
COUNTED = "steward.counted"  # of a request's scope


class ClientLimits:
    """The limits of all clients: their own, else `otherwise`, 0 for none."""

    def __init__(self, otherwise: int) -> None:
        self._otherwise = otherwise
        self._limits = RateLimits()

    def admitted(self, caller: Caller, scope: Scope, send: Send) -> Send:
        """`send` for an answer that says how much remains. Raises TooManyRequests `quota-exceeded`."""
        quota = caller.requests_per_minute or self._otherwise
        if not caller.client or not quota or COUNTED in scope:
            return send
        scope[COUNTED] = True
        taken = self._limits.take(caller.subject_key, quota, time.monotonic())
        policy, state = _policy(quota, self._limits.window), _state(taken)
        if not taken.allowed:
            wait = str(max(1, math.ceil(taken.next_in)))
            headers = {"Retry-After": wait, "RateLimit-Policy": policy, "RateLimit": state}
            detail = f"This client may make {quota} requests a minute; wait for the seconds in Retry-After."
            raise TooManyRequests("quota-exceeded", detail, headers=headers)
        stated = [(b"ratelimit-policy", policy.encode()), (b"ratelimit", state.encode())]

        async def stating(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *stated]
            await send(message)

        return stating


class Limited:
    """ASGI middleware before the gateway's own routes; what is passed on is counted as it is."""

    def __init__(self, app: ASGIApp, tokens: Tokens, limits: ClientLimits) -> None:
        self._app = app
        self._tokens = tokens
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or refuse it."""
        caller = await self._caller(scope) if scope["type"] == "http" else None
        if caller is not None:
            try:
                send = self._limits.admitted(caller, scope, send)
            except TooManyRequests as refusal:
                await problems.response(refusal)(scope, receive, send)
                return
        await self._app(scope, receive, send)

    async def _caller(self, scope: Scope) -> Caller | None:
        """Who calls; None where the route says itself what is wrong with the token, or asks for none."""
        sent = next((value for name, value in scope["headers"] if name == b"authorization"), b"")
        scheme, _, token = sent.partition(b" ")
        if scheme.lower() != b"bearer":
            return None
        try:
            return await self._tokens.verify(token.decode("latin-1").strip())
        except Problem:
            return None


def _policy(quota: int, window: float) -> str:
    return f'"{POLICY}";q={quota};w={window:.0f}'


def _state(taken: Taken) -> str:
    return f'"{POLICY}";r={taken.remaining};t={math.ceil(taken.full_in)}'
