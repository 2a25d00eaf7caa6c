"""``steward federation`` beside a server that a test started, as beside a local stack's."""

import asyncio
import json

from typer.testing import CliRunner, Result

from deploy.broker.server_settings import ADMIN
from deploy.federation.commands.cli import federation
from deploy.federation.federation_error import FederationError
from shared.settings import Settings
from tests.federation.links import PASSWORDS, Place


def as_a_stack(place: Place) -> None:
    """What a stack keeps of its administrator."""
    admin = Settings(
        service=ADMIN,
        instance=place.name,
        nats_url=place.server.url,
        nats_user=ADMIN,
        nats_password=PASSWORDS[ADMIN],
    )
    said = {"settings": {ADMIN: admin.model_dump(mode="json")}}
    (place.folder / "stack.json").write_text(json.dumps(said))


async def command(place: Place, *arguments: str) -> Result:
    """One command on a place's folder."""
    given = [*arguments, "--folder", str(place.federation.path)]
    return await asyncio.to_thread(CliRunner().invoke, federation, given)


async def refusal(place: Place, *arguments: str) -> str:
    """What it says instead of doing it: one line."""
    result = await command(place, *arguments)
    assert isinstance(result.exception, FederationError), result.exception
    assert "\n" not in str(result.exception)
    assert result.stdout == ""
    return str(result.exception)
