"""What administrators do with clients, and what clients ask for."""

from typing import Any

import aiohttp

from tests.rights_matrix import STALE, Ask
from tests.served import Answer, Client

AT = "/v1/clients"
ISSUER = "http://127.0.0.1:1"  # nobody asks it: services know where its keys are
NONE = "0" * 32
ASKS = {
    "GET /v1/clients": [Ask(AT)],
    "POST /v1/clients": [Ask(AT, {"json": {"name": "x", "roles": ["hris"], "units": ["NOWHERE"]}})],
    "GET /v1/clients/{client_id}": [Ask(f"{AT}/{NONE}")],
    "PATCH /v1/clients/{client_id}": [Ask(f"{AT}/{NONE}", {"json": {"name": "x"}, "if_match": STALE})],
    "DELETE /v1/clients/{client_id}": [Ask(f"{AT}/{NONE}")],
    "POST /v1/clients/{client_id}/secrets": [Ask(f"{AT}/{NONE}/secrets", {"json": {}})],
    "DELETE /v1/clients/{client_id}/secrets/{secret_id}": [Ask(f"{AT}/{NONE}/secrets/{NONE}")],
}


async def registered(administrator: Client, **values: Any) -> dict[str, Any]:
    """A client that may be `hris` in SL, as it was answered."""
    body = {"name": "Personnel system", "roles": ["hris"], "units": ["SL"], **values}
    answer = await administrator.post(AT, json=body)
    assert answer.status == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


async def new_secret(administrator: Client, client_id: str, days: int = 365) -> dict[str, Any]:
    """A further secret of a client, as it was answered."""
    answer = await administrator.post(f"{AT}/{client_id}/secrets", json={"days": days})
    assert answer.status == 201, answer.json
    found: dict[str, Any] = answer.json
    return found


async def ask(client: Client, client_id: str, secret: str, **form: str) -> Answer:
    """What the token endpoint answers to credentials by HTTP Basic."""
    headers = {"Authorization": aiohttp.encode_basic_auth(client_id, secret)}
    data = {"grant_type": "client_credentials", **form}
    return await client.using(None).post("/oauth/token", data=data, headers=headers)


async def signed_in(client: Client, client_id: str, secret: str) -> Client:
    """The application as that client calls it."""
    answer = await ask(client, client_id, secret)
    assert answer.status == 200, answer.json
    return client.using(answer.json["access_token"])
