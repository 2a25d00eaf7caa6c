"""What a client asks the token endpoint, and how it is refused (RFC 6749 sections 4.4 and 5.2)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(slots=True)
class TokenRefused(Exception):
    """No token: an error code of RFC 6749 section 5.2, and why."""

    error: str
    description: str
    status: int = 400
    retry_after: int | None = None


class TokenRequest(NamedTuple):
    """Who asks, by a secret or by an assertion, and for which scope; None: for everything."""

    client_id: str
    secret: str | None
    assertion: str | None
    scope: list[str] | None


def unknown_client() -> TokenRefused:
    """The one answer to every wrong credential, so that nobody learns which clients there are."""
    return TokenRefused("invalid_client", "The client's credentials are not accepted.", 401)


def granted(asked: Sequence[str] | None, roles: Sequence[str]) -> list[str]:
    """The roles that a token gives: those that were asked for, else all of the client's. Raises TokenRefused."""
    if asked is None:
        return sorted(roles)
    if not asked or not set(asked) <= set(roles):
        raise TokenRefused("invalid_scope", "The scope has something that the client may not ask for.")
    return sorted(set(asked))
