"""Whether a token of the ministry's issuer is a program's own (client credentials). Pure.

The claim `client_id` does not say so: RFC 9068 section 2.2 has it in every access token, a person's too.
"""

from collections.abc import Mapping
from typing import Any


def is_program(claims: Mapping[str, Any], mark: str) -> bool:
    """Whether nobody's person is behind a token.

    Where no person is involved `sub` is the client itself (RFC 9068 section 2.2). Keycloak gives the client a user
    named after it. `mark` is a further claim of the issuer's that programs alone have, as `name` or `name=value`.
    """
    client = claims.get("client_id")
    is_its_own = (
        claims.get("sub") == client or claims.get("preferred_username") == f"service-account-{client}"
    )
    if isinstance(client, str) and client and is_its_own:
        return True
    name, has_value, value = mark.partition("=")
    return bool(name) and name in claims and (not has_value or claims[name] == value)
