"""The verified caller of a request, and what its roles allow. Whatever is not allowed is refused."""

import hashlib
import hmac
from dataclasses import dataclass

from shared.errors import Forbidden

ROLES = frozenset({"hris", "programme-manager", "leader", "ops", "service"})
"""Roles that Steward knows; any other one in a token counts for nothing."""

KEY_DIGITS = 32


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, from a verified token.

    `units` are the org-unit codes whose subtrees the caller's roles cover. `subject_key` stands for
    issuer and subject without revealing them. `client` tells a system from a person.
    """

    roles: frozenset[str]
    units: tuple[str, ...]
    subject_key: str
    client: bool = False

    def require(self, *roles: str) -> None:
        """Pass with any of `roles`. Raises Forbidden `role-missing`."""
        if self.roles.isdisjoint(roles):
            needed = ", ".join(sorted(roles))
            raise Forbidden("role-missing", f"This needs one of the roles: {needed}.")

    def has(self, *roles: str) -> bool:
        """Whether the caller has any of `roles`."""
        return not self.roles.isdisjoint(roles)


def subject_key(pepper: str, issuer: str, subject: str) -> str:
    """The opaque key of a sign-in: 32 hex digits, the same for every service of an instance."""
    digest = hmac.new(pepper.encode(), f"{issuer}\n{subject}".encode(), hashlib.sha256)
    return digest.hexdigest()[:KEY_DIGITS]
