"""``steward clients withdraw-keys``: what signs the tokens of the instance's own clients."""

import asyncio
from importlib import import_module
from typing import Any

import typer

from deploy import secrets
from deploy.data_folder.contents import running_settings
from deploy.data_folder.settings import local_settings
from deploy.printing import show_line
from shared.settings import Settings, read

_REGISTRY = "registry"
clients = typer.Typer(no_args_is_help=True, help="The instance's own clients.")


@clients.callback()
def _clients() -> None:
    """Programs that the instance issues tokens to."""


@clients.command()
def withdraw_keys() -> None:
    """Withdraw the keys that sign clients' tokens, and sign with a new one. Needs registry's settings."""
    from sqlalchemy.exc import SQLAlchemyError

    settings = _settings()
    if not settings.client_issuer:
        raise SystemExit("This instance issues no tokens: STEWARD_CLIENT_ISSUER is not set.")
    module = import_module("services.registry.clients.commands.key_withdrawal")
    try:
        report: Any = asyncio.run(module.withdraw_all(settings))
    except (SQLAlchemyError, OSError) as error:
        raise SystemExit(f"Nothing is withdrawn: the database refused, or was not reached: {error}") from None
    show_line(
        f"{len(report.withdrawn)} keys are withdrawn: {', '.join(report.withdrawn) or 'there were none'}"
    )
    show_line(f"{report.signs} signs from now on; tokens of the others are refused everywhere ")
    show_line(f"from {report.refused_from:%Y-%m-%dT%H:%M:%SZ} on")


def _settings() -> Settings:
    """The environment's settings, else those of an instance's secrets, else those of the local stack."""
    settings = read(Settings, service=_REGISTRY)
    if settings.database_url:
        return settings
    found = secrets.settings_of(_REGISTRY) or running_settings(local_settings().folder, _REGISTRY)
    if found is None:
        raise SystemExit("No stack has run here, and no STEWARD_ settings are in the environment.")
    return found
