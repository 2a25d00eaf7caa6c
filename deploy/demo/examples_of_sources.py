"""Source systems for the API page, whose sign-in is bound to one, so that it can send people and posts."""

from typing import Any

from deploy.demo.api import Api
from shared.auth.caller import DEVELOPMENT_ISSUER
from steward_client import models

SYSTEM = "local"  # what the development client writes as
OPS = "ops"


async def prepare(api: Api, leader: str) -> dict[str, dict[str, Any]]:
    """Bind the `leader`'s sign-in, and give what each operation is to be filled in with."""
    client: models.ClientToBind = {"iss": DEVELOPMENT_ISSUER, "sub": leader}
    bound = await api.acting(OPS).post_source_systems_by_code_clients(SYSTEM, client)
    system = {"parameters": {"code": SYSTEM}}
    other = {"iss": "https://login.example.org", "sub": "service-account-hris"}
    new = {"code": "payroll", "name": "Payroll", "kind": "payroll", "sends": ["people"]}
    return {
        "GET /v1/source-systems/{code}": system,
        "PATCH /v1/source-systems/{code}": system | {"body": {"name": "Development client"}},
        "GET /v1/source-systems/{code}/clients": system,
        "POST /v1/source-systems": {"body": new},
        "POST /v1/source-systems/{code}/clients": system | {"body": other},
        "DELETE /v1/source-systems/{code}/clients/{client_key}": {
            "parameters": {"code": SYSTEM, "client_key": bound["client_key"]}
        },
    }
