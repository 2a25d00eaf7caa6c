"""Bearer tokens (JWT, RFC 7519) of the ministry's issuer and of the instance's own, by signature and claims.

Their times are compared with real time, not with `shared.clock`: decision record 0002.
"""

import asyncio
import hashlib
import time
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlsplit

import jwt
from starlette.requests import Request

from shared.auth import client_tokens
from shared.auth.caller import DEVELOPMENT_ISSUER, ROLES, Caller, subject_key
from shared.auth.key_set import KeySet
from shared.auth.programs import is_program
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


@dataclass(frozen=True, slots=True)
class Issuer:
    """Who signs tokens: the name in them, its keys, the roles it may give, and its name in subject keys."""

    name: str
    keys: KeySet
    roles: frozenset[str]
    key_name: str
    own: bool = False


class Tokens:
    """Verifies the tokens of the trusted issuers for one audience."""

    def __init__(
        self,
        issuer: str,
        jwks_url: str,
        audience: str,
        pepper: str,
        mode: Literal["local", "production"] = "production",
        program_claim: str = "",
    ) -> None:
        """`pepper` is the instance's secret for subject keys; nothing is fetched yet.

        `program_claim` marks the issuer's tokens of programs, see `is_program`.
        """
        self._program_claim = program_claim
        self._issuer = issuer
        self._audience = audience
        self._pepper = pepper
        self._production = mode != "local"
        self._jwks_url = jwks_url
        self._keys = KeySet(jwks_url)
        self._issuers = {issuer: Issuer(issuer, self._keys, ROLES, issuer)}
        self._revision = 0
        self._verified: dict[bytes, tuple[float, Caller]] = {}

    @classmethod
    def from_settings(cls, settings: Settings) -> "Tokens":
        """As a service's settings say."""
        tokens = cls(
            settings.oidc_issuer,
            settings.oidc_jwks_url,
            settings.oidc_audience,
            settings.subject_pepper,
            settings.mode,
            settings.oidc_program_claim,
        )
        if settings.client_issuer and settings.client_keys_url:
            keys = KeySet(settings.client_keys_url, pepper=settings.subject_pepper)
            tokens.trust_clients(settings.client_issuer, keys)
        return tokens

    def trust_clients(self, issuer: str, keys: KeySet) -> None:
        """Accept tokens that the instance issued to its own clients, too. Raises Misconfigured."""
        if issuer == self._issuer or self._issuer == client_tokens.ISSUER:
            raise Misconfigured("The issuer of the instance's own clients needs a name of its own.")
        roles, key_name = client_tokens.ROLES, client_tokens.ISSUER
        self._issuers[issuer] = Issuer(issuer, keys, roles, key_name, own=True)

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
        await asyncio.gather(*(issuer.keys.refresh() for issuer in self._issuers.values()))
        if self._production and any(issuer.keys.development for issuer in self._issuers.values()):
            raise Misconfigured("Production refuses a development issuer's key.")

    async def verify(self, token: str) -> Caller:
        """The caller that a token names.

        Raises Unauthorized `token-invalid`, `token-expired` or `token-audience`, Forbidden
        `role-missing` when the token has no role that Steward knows, and Unavailable `issuer-away`
        when the issuer's keys were never reached.
        """
        revision = 0
        for issuer in self._issuers.values():
            await issuer.keys.renew()
            revision += issuer.keys.revision
        if self._revision != revision:  # what a withdrawn key has signed is forgotten
            self._verified.clear()
            self._revision = revision
        if len(token) > MAX_LENGTH:
            raise refused("token-invalid", "The token is too long.")
        digest = hashlib.sha256(token.encode()).digest()
        known = self._verified.get(digest)
        if known is not None and time.time() < known[0]:
            return known[1]
        self._verified.pop(digest, None)
        claims, issuer = await self._claims(token)
        caller = self._caller(claims, issuer)
        self._remember(digest, min(claims["exp"], time.time() + LONGEST) + LEEWAY, caller)
        return caller

    async def close(self) -> None:
        """Stop fetching."""
        for issuer in self._issuers.values():
            await issuer.keys.close()

    async def _claims(self, token: str) -> tuple[dict[str, Any], Issuer]:
        try:
            key_id = jwt.get_unverified_header(token).get("kid")
            issuer = self._issuer_of(token)
        except _UNREADABLE:
            raise refused("token-invalid", "The token cannot be read.") from None
        key = await issuer.keys.find(key_id)
        if key is None and not len(issuer.keys):
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
                issuer=issuer.name,
                leeway=LEEWAY,
                options={"require": REQUIRED},
            )
        except _UNREADABLE as error:
            raise _refusal(error) from None
        if not isinstance(claims["exp"], int | float) or not _storable(claims["sub"]):
            raise refused("token-invalid", "The token's claims exp or sub cannot be read.")
        return claims, issuer

    def _issuer_of(self, token: str) -> Issuer:
        """Whose keys a token is tried with; by itself that says nothing about who signed it."""
        ministry = self._issuers[self._issuer]
        if len(self._issuers) == 1:
            return ministry
        named = jwt.decode(token, options={"verify_signature": False}).get("iss")
        return self._issuers.get(named, ministry) if isinstance(named, str) else ministry

    def _caller(self, claims: dict[str, Any], issuer: Issuer) -> Caller:
        if self._production and claims.get("steward_dev"):
            raise refused("token-invalid", "Development tokens are not accepted here.")
        if not claims["sub"]:
            raise refused("token-invalid", "The token names no subject.")
        roles = frozenset(_texts(claims, "roles")) & issuer.roles
        if not roles:
            raise Forbidden("role-missing", "The token has no role that is known here.")
        key = subject_key(self._pepper, issuer.key_name, claims["sub"])
        limit = claims.get(client_tokens.LIMIT) if issuer.own else None
        program = issuer.own or is_program(claims, self._program_claim)
        return Caller(roles, tuple(_texts(claims, "units")), key, program, limit)

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
