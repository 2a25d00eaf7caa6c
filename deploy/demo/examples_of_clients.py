"""A client for the API page, with a secret that may be ended and room for a further one."""

from typing import Any

from deploy.demo.api import Api
from steward_client import models

OPERATOR = "programme-manager"


async def prepare(api: Api, root: str, leader: str) -> dict[str, dict[str, Any]]:
    """Register it for the country below `root`, and give what each operation is to be filled in with."""
    keeper = api.acting(f"{OPERATOR}:{leader}")
    new: models.ClientToRegister = {
        "name": "Payroll of the ministry", "roles": ["hris"], "units": [root], "systems": []
    }  # fmt: skip
    made = await keeper.post_clients(new)
    one = {"client_id": made["client_id"]}
    secret = await keeper.post_clients_by_client_id_secrets(made["client_id"], {"days": 30})
    path = "/v1/clients/{client_id}"
    return {
        "POST /v1/clients": {"body": new},
        f"GET {path}": {"parameters": one},
        f"PATCH {path}": {"parameters": one, "body": {"units": [root]}},
        f"DELETE {path}": {"parameters": one},
        f"POST {path}/secrets": {"parameters": one},
        f"DELETE {path}/secrets/{{secret_id}}": {"parameters": one | {"secret_id": secret["secret_id"]}},
    }
