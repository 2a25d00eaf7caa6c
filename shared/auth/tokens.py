"""Bearer tokens of any OIDC issuer (RFC 9068, OpenID Connect Core section 3.1.3.7)."""

import time
from typing import Any

import jwt
from jwt.exceptions import ExpiredSignatureError, InvalidAudienceError, PyJWTError
from starlette.requests import Request

from shared.auth.caller import ROLES, Caller, subject_key
from shared.auth.keys import Keys
from shared.errors import Unauthorized
from shared.settings import Settings

ALGORITHMS = ["RS256", "ES256", "EdDSA"]  # asymmetric only: a shared secret would let a service sign
LEEWAY_SECONDS = 10
CACHED_TOKENS = 10_000
MAX_TOKEN = 8192


class DevelopmentKey(Exception):
    """A service outside local mode was shown a token of a development issuer."""


class Tokens:
    """Verifies access tokens; expiry runs on real time, never on the movable clock.

    Verified tokens are remembered until they expire, because an ES256 check costs about a tenth of
    a submit.
    """

    def __init__(self, issuer: str, jwks_url: str, audience: str, pepper: str, mode: str) -> None:
        """Trust `issuer`'s keys for tokens made for `audience`."""
        self._issuer = issuer
        self._audience = audience
        self._pepper = pepper
        self._local = mode == "local"
        self._keys = Keys(jwks_url)
        self._verified: dict[str, tuple[float, Caller]] = {}

    @classmethod
    def from_settings(cls, settings: Settings) -> "Tokens":
        """As a service's settings say. Raises DevelopmentKey outside local mode with a development issuer."""
        if settings.mode != "local" and "dev/issuer" in settings.oidc_jwks_url + settings.oidc_issuer:
            raise DevelopmentKey("A development issuer is for local mode only.")
        return cls(
            settings.oidc_issuer,
            settings.oidc_jwks_url,
            settings.oidc_audience,
            settings.subject_pepper,
            settings.mode,
        )

    async def verify(self, token: str) -> Caller:
        """The caller that a token speaks for. Raises Unauthorized token-invalid, -expired or -audience."""
        known = self._verified.get(token)
        if known is not None and known[0] > time.time():
            return known[1]
        claims = await self._claims(token)
        caller = self._caller(claims)
        if len(self._verified) >= CACHED_TOKENS:
            self._verified.clear()
        self._verified[token] = (float(claims["exp"]), caller)
        return caller

    async def close(self) -> None:
        """Forget what was verified."""
        self._verified.clear()

    async def _claims(self, token: str) -> dict[str, Any]:
        if len(token) > MAX_TOKEN:
            raise _refused("token-invalid", "The token is too long.")
        try:
            key_id = str(jwt.get_unverified_header(token).get("kid", ""))
            key = await self._keys.find(key_id)
            if key is None or (key_id.startswith("dev-") and not self._local):
                raise _refused("token-invalid", "The token's key is not one of the issuer's.")
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except ExpiredSignatureError:
            raise _refused("token-expired", "The token has expired.") from None
        except InvalidAudienceError:
            raise _refused("token-audience", "The token was made for another audience.") from None
        except PyJWTError:
            raise _refused("token-invalid", "The token cannot be verified.") from None
        return claims

    def _caller(self, claims: dict[str, Any]) -> Caller:
        return Caller(
            roles=frozenset(_strings(claims.get("roles"))) & ROLES,
            units=tuple(_strings(claims.get("units"))),
            subject_key=subject_key(self._pepper, self._issuer, str(claims["sub"])),
            client=claims.get("client_id") is not None,
        )


def bearer(request: Request) -> str:
    """The bearer token of a request (RFC 6750 section 2.1). Raises Unauthorized `token-missing`."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise _refused("token-missing", "Send an access token: Authorization: Bearer ...")
    return token.strip()


def _strings(value: Any) -> list[str]:
    """A claim that should be a list of strings; anything else counts for nothing."""
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def _refused(code: str, detail: str) -> Unauthorized:
    challenge = (
        "Bearer" if code == "token-missing" else f'Bearer error="invalid_token", error_description="{code}"'
    )
    return Unauthorized(code, detail, headers={"WWW-Authenticate": challenge})
