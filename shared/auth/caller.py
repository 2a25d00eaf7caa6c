"""The caller of a request, as its token says. Scope and relationship are checked by each service."""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from shared.auth.rights import Decision

ROLES = frozenset({
    "hris", "programme-manager", "leader", "ops", "auditor", "data-protection-officer", "service"
})  # fmt: skip
DEVELOPMENT_ISSUER = "urn:steward:development-issuer"  # trusted in local mode alone


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified caller; nothing in it names a person.

    `roles` holds known roles only, `units` the codes of the org units that the token is valid below,
    `subject_key` the opaque key of the sign-in (32 hex digits, see `subject_key`), and `client`
    whether a program called on its own behalf (client credentials), without a person behind it.
    `requests_per_minute` is the client's own limit, None where it has none of its own.
    `in_place_of` is the person whose own this caller sees, for whom `behind` reads (`shared.http.in_place_of`).
    `decisions` collects what was allowed during a request whose answer is stored, else it is None.
    """

    roles: frozenset[str]
    units: tuple[str, ...]
    subject_key: str
    client: bool = False
    requests_per_minute: int | None = None
    in_place_of: UUID | None = None
    behind: "Caller | None" = None
    decisions: "list[Decision] | None" = field(default=None, compare=False, repr=False)

    def note(self, decision: "Decision") -> None:
        """Remember what was allowed, where the answer is going to be stored."""
        if self.decisions is not None and decision not in self.decisions:
            self.decisions.append(decision)


def subject_key(pepper: str, issuer: str, subject: str) -> str:
    """The opaque key of a sign-in, the same in every service of an instance.

    The pepper keeps anybody who sees the keys in events from trying subjects against them.
    """
    message = f"{issuer}\n{subject}".encode()
    return hmac.new(pepper.encode(), message, hashlib.sha256).hexdigest()[:32]
