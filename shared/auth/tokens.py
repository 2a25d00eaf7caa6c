"""Bearer tokens (JWT, RFC 7519) of any OIDC issuer, verified by signature and claims.

Their times are compared with real time, not with `shared.clock`: decision record 0002.
"""

import hashlib
import time
from typing import Any, Literal
from urllib.parse import urlsplit

import jwt
from starlette.requests import Request

from shared.auth.caller import DEVELOPMENT_ISSUER, ROLES, Caller, subject_key
from shared.auth.key_set import KeySet
from shared.errors import Forbidden, Unauthorized, Unavailable
from shared.settings import Settings

LEEWAY = 30.0  # seconds by which the issuer's clock may differ from ours
REQUIRED = ["exp", "iss", "aud", "sub"]
MAX_LENGTH = 8192
LONGEST = 24 * 3600.0  # seconds that a verification is remembered, whatever the token says
REMEMBERED = 4096  # verified tokens; one verification costs as much as the rest of a small request
# PyJWT lets through what JSON, integers and text of Python say of a token that was made to break them.
_UNREADABLE = (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError)


class Misconfigured(RuntimeError):
    """The service must not start with these settings."""


class Tokens:
    """Verifies the tokens of one issuer for one audience."""

    def __init__(
        self,
        issuer: str,
        jwks_url: str,
        audience: str,
        pepper: str,
        mode: Literal["local", "production"] = "production",
    ) -> None:
        """`pepper` is the instance's secret for subject keys; nothing is fetched yet."""
        self._issuer = issuer
        self._audience = audience
        self._pepper = pepper
        self._production = mode != "local"
        self._jwks_url = jwks_url
        self._keys = KeySet(jwks_url)
        self._revision = 0
        self._verified: dict[bytes, tuple[float, Caller]] = {}

    @classmethod
    def from_settings(cls, settings: Settings) -> "Tokens":
        """As a service's settings say."""
        return cls(
            settings.oidc_issuer,
            settings.oidc_jwks_url,
            settings.oidc_audience,
            settings.subject_pepper,
            settings.mode,
        )

    async def start(self) -> None:
        """Fetch the keys. An issuer that is away does not stop the service; the first token tries again.

        Raises Misconfigured in production without issuer, key address or pepper, with keys that come
        over plain HTTP, where anybody on the way can put others in their place, or with a development issuer.
        """
        if self._production:
            if not (self._issuer and self._audience and self._pepper):
                raise Misconfigured("Production needs OIDC issuer, audience and subject pepper.")
            if urlsplit(self._jwks_url).scheme.lower() not in {"https", "file"}:
                raise Misconfigured("Production takes the issuer's keys from https: or file: alone.")
            if self._issuer == DEVELOPMENT_ISSUER:
                raise Misconfigured("Production refuses the development issuer.")
        await self._keys.refresh()
        if self._production and self._keys.development:
            raise Misconfigured("Production refuses a development issuer's key.")

    async def verify(self, token: str) -> Caller:
        """The caller that a token names.

        Raises Unauthorized `token-invalid`, `token-expired` or `token-audience`, Forbidden
        `role-missing` when the token has no role that Steward knows, and Unavailable `issuer-away`
        when the issuer's keys were never reached.
        """
        self._keys.renew()
        if self._revision != self._keys.revision:  # what a withdrawn key has signed is forgotten
            self._verified.clear()
            self._revision = self._keys.revision
        if len(token) > MAX_LENGTH:
            raise refused("token-invalid", "The token is too long.")
        digest = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is not None and time.time() < known[0]:
            return known[1]
        self._verified.pop(digest, None)
        claims = await self._claims(token)
        caller = self._caller(claims)
        self._remember(digest, min(claims["exp"], time.time() + LONGEST) + LEEWAY, caller)
        return caller

    async def close(self) -> None:
        """Stop fetching."""
        await self._keys.close()

    async def _claims(self, token: str) -> dict[str, Any]:
        try:
            key_id = jwt.get_unverified_header(token).get("kid")
        except _UNREADABLE:
            raise refused("token-invalid", "The token cannot be read.") from None
        key = await self._keys.find(key_id)
        if key is None and not len(self._keys):
            raise Unavailable(
                "issuer-away", "The issuer's keys cannot be reached; try again.", headers={"Retry-After": "2"}
            )
        if key is None or (key.development and self._production):
            raise refused("token-invalid", "The token is not signed by a key of the issuer.")
        try:
            claims = jwt.decode(
                token,
                key.material,
                algorithms=[key.algorithm],
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY,
                options={"require": REQUIRED},
            )
        except _UNREADABLE as error:
            raise _refusal(error) from None
        if not isinstance(claims["exp"], int | float) or not _storable(claims["sub"]):
            raise refused("token-invalid", "The token's claims exp or sub cannot be read.")
        return claims

    def _caller(self, claims: dict[str, Any]) -> Caller:
        if self._production and claims.get("steward_dev"):
            raise refused("token-invalid", "Development tokens are not accepted here.")
        if not claims["sub"]:
            raise refused("token-invalid", "The token names no subject.")
        roles = frozenset(_texts(claims, "roles")) & ROLES
        if not roles:
            raise Forbidden("role-missing", "The token has no role that is known here.")
        key = subject_key(self._pepper, self._issuer, claims["sub"])
        return Caller(roles, tuple(_texts(claims, "units")), key, "client_id" in claims)

    def _remember(self, digest: bytes, until: float, caller: Caller) -> None:
        if len(self._verified) >= REMEMBERED:
            del self._verified[next(iter(self._verified))]  # the one verified longest ago
        self._verified[digest] = (until, caller)


def bearer(request: Request) -> str:
    """The request's bearer token (RFC 6750 section 2.1). Raises Unauthorized `token-missing`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        headers = {"WWW-Authenticate": 'Bearer realm="steward"'}
        raise Unauthorized(
            "token-missing", "Send an access token: Authorization: Bearer ...", headers=headers
        )
    return token.strip()


def refused(code: str, detail: str) -> Unauthorized:
    """A refusal of a token, with the challenge of RFC 6750 section 3."""
    challenge = f'Bearer realm="steward", error="invalid_token", error_description="{detail}"'
    return Unauthorized(code, detail, headers={"WWW-Authenticate": challenge})


def _storable(text: str) -> bool:
    """Whether a claim is text that can be hashed and stored: JSON may hold half a character, or NUL."""
    return text.isprintable() or not any(sign == "\0" or "\ud800" <= sign <= "\udfff" for sign in text)


def _refusal(error: Exception) -> Unauthorized:
    if isinstance(error, jwt.ExpiredSignatureError):
        return refused("token-expired", "The token has expired.")
    if isinstance(error, jwt.InvalidAudienceError):
        return refused("token-audience", "The token is for another audience.")
    if isinstance(error, jwt.MissingRequiredClaimError):
        code = "token-audience" if error.claim == "aud" else "token-invalid"
        return refused(code, f"The token has no claim {error.claim}.")
    return refused("token-invalid", "The token's signature or claims are wrong.")


def _texts(claims: dict[str, Any], name: str) -> list[str]:
    """A claim that is a list of strings; absent counts as empty."""
    values = claims.get(name, [])
    if not isinstance(values, list) or not all(
        isinstance(value, str) and _storable(value) for value in values
    ):
        raise refused("token-invalid", f"The claim {name} is not a list of strings.")
    return values
