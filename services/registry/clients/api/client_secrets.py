"""Secrets of a client over HTTP: each is shown in the answer that makes it, and never again."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Path, Response
from pydantic import BaseModel, Field, StringConstraints

from services.registry.clients.api.clients import CLIENT_ID, SECRET, ClientPath, require_keeper
from services.registry.clients.commands.client_secrets import end_secret, make_secret
from services.registry.field_types import Body, example, strict_example
from shared.http import Caller, CommandRoute, Writes
from shared.http.idempotency import ShownOnce
from shared.http.strict_types import Whole

router = APIRouter(prefix="/v1", route_class=CommandRoute, tags=["clients"])
SecretPath = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{32}$"), Path()]


class SecretToMake(Body):
    """For how many days the secret is valid."""

    model_config = strict_example({"days": 365})
    days: Annotated[Whole, Field(ge=1, le=730)] = 365


class NewSecret(BaseModel):
    """A new secret; store it now. A repeat under its Idempotency-Key has null for `client_secret`."""

    model_config = example(
        {"client_id": CLIENT_ID, "client_secret": "6vQZt0f1mXk8s2bW4nJ7yHc9LrPdAeGuTiVoKqYxN3E", **SECRET}
    )
    client_id: str
    client_secret: str | None
    secret_id: str
    made_at: datetime
    expires_at: datetime
    last_used_at: datetime | None


@router.post(
    "/clients/{client_id}/secrets", summary="Make a secret", status_code=201, response_model=NewSecret
)
async def client_secret_make(
    client_id: ClientPath, body: SecretToMake, session: Writes, caller: Caller
) -> Any:
    """A secret beside the one that the client has, two at most, so that it changes over without a refusal."""
    await require_keeper(session, caller)
    secret, about = await make_secret(session, client_id, body.days)
    stored = NewSecret(client_id=client_id, client_secret=None, **about)
    shown = stored.model_copy(update={"client_secret": secret})
    return ShownOnce(shown.model_dump_json(), stored.model_dump_json())


@router.delete(
    "/clients/{client_id}/secrets/{secret_id}",
    summary="End a secret",
    status_code=204,
    response_class=Response,
)
async def client_secret_end(
    client_id: ClientPath, secret_id: SecretPath, session: Writes, caller: Caller
) -> None:
    """The secret gives no further token."""
    await require_keeper(session, caller)
    await end_secret(session, client_id, secret_id)
