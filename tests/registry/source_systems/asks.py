"""How operations on source systems are asked, for the matrix of rights; the system `local` is there."""

from tests.registry.builders import source_system
from tests.registry.clients.asks import ASKS as OF_CLIENTS
from tests.rights_matrix import STALE, Ask

_AT = "/v1/source-systems"
_CLIENT = {"iss": "x", "sub": "x"}

ASKS = {
    "GET /v1/source-systems": [Ask(_AT)],
    "POST /v1/source-systems": [Ask(_AT, {"json": source_system("local")})],
    "GET /v1/source-systems/{code}": [Ask(f"{_AT}/local")],
    "PATCH /v1/source-systems/{code}": [Ask(f"{_AT}/local", {"json": {"name": "x"}, "if_match": STALE})],
    "GET /v1/source-systems/{code}/clients": [Ask(f"{_AT}/local/clients")],
    "POST /v1/source-systems/{code}/clients": [Ask(f"{_AT}/none/clients", {"json": _CLIENT})],
    "DELETE /v1/source-systems/{code}/clients/{client_key}": [Ask(f"{_AT}/local/clients/{'0' * 32}")],
}

_ORDER = {"json": {"systems": []}, "if_match": STALE}
ASKS |= OF_CLIENTS | {
    "GET /v1/leaving-codes": [Ask("/v1/leaving-codes")],
    "GET /v1/field-precedence": [Ask("/v1/field-precedence")],
    "PUT /v1/field-precedence/{field}": [Ask("/v1/field-precedence/phone", _ORDER)],
}

_UNIT = "/v1/units/E1A/identifiers/local"
_NAMED = {"json": {"value": "x"}, "if_match": STALE}
_OF_UNITS = {
    "PUT /v1/units/{code}/identifiers/{system}": [Ask(_UNIT, _NAMED)],
    "DELETE /v1/units/{code}/identifiers/{system}": [Ask(_UNIT, {"if_match": STALE})],
}


def _of_post(at: str) -> dict[str, list[Ask]]:
    """How identifiers of a post, found at an address, are given and taken away."""
    named = f"{at}/identifiers/local"
    return {
        "PUT /v1/posts/{post_id}/identifiers/{system}": [Ask(named, _NAMED)],
        "DELETE /v1/posts/{post_id}/identifiers/{system}": [Ask(named, {"if_match": STALE})],
    }


def identifying(person_id: str, post: str) -> dict[str, list[Ask]]:
    """How identifiers of a unit, a person, and a post at an address are given and taken away."""
    at = f"/v1/people/{person_id}/identifiers/local"
    return (
        _OF_UNITS
        | _of_post(post)
        | {
            "PUT /v1/people/{person_id}/identifiers/{system}": [Ask(at, _NAMED)],
            "DELETE /v1/people/{person_id}/identifiers/{system}": [Ask(at, {"if_match": STALE})],
        }
    )
