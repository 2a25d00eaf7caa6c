"""The ``steward`` command: run the local stack, and look after one.

A command imports what it needs when it runs: the platform takes a second to load, `steward token` a third of that.
"""

import asyncio
import json
import logging
import os
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, NoReturn

import msgspec
import typer

from deploy import secrets
from deploy.audit_export.audit_command import audit
from deploy.broker.erase_command import erase
from deploy.broker.server_settings import ADMIN
from deploy.client_keys_command import clients
from deploy.data_folder.contents import NoStack, federation_beside, folder_of_stack, running_settings
from deploy.data_folder.issuer import ROLES, stored_issuer
from deploy.data_folder.settings import local_settings
from deploy.facility_registry.pull_command import mcsd
from deploy.federation.broker.from_secrets import prepare_start
from deploy.federation.commands.cli import federation
from deploy.federation.federation_error import FederationError
from deploy.federation.membership.settings_check import check_settings
from deploy.federation.pki.keys import Forged
from deploy.federation.store.membership_store import Folder
from deploy.federation_demo.command import demo as demo_of_federation
from deploy.list_files.import_command import import_file
from deploy.list_files.split_command import split
from deploy.local.clock_command import clock
from deploy.local.processes import StartError
from deploy.local.trace_command import trace
from deploy.local.upkeep import reset, stop
from deploy.person_transfers.transfer_command import transfer
from deploy.reader_accounts.readers_command import readers
from deploy.services import NAMES as SERVICES
from deploy.services import owners
from shared import clock as domain_clock
from shared.errors import Problem
from shared.settings import Settings, Unset, read
from shared.telemetry import logs

app = typer.Typer(
    add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, rich_markup_mode=None
)


@app.command()
def run(
    empty: Annotated[bool, typer.Option("--empty", help="Load no demonstration country.")] = False,
) -> None:
    """Start the whole stack on ./.local and keep it running until Ctrl-C."""
    from deploy.local.running import run_stack

    raise SystemExit(_finish(run_stack(local_settings(), empty)))


@app.command()
def demo(
    facilities: Annotated[Path | None, typer.Option(help="A published facility list (CSV).")] = None,
    mapping: Annotated[
        str, typer.Option(help='Its columns that are not found by themselves: \'{"name": "Etablissement"}\'.')
    ] = "{}",
    keep: Annotated[bool, typer.Option(help="Keep the temporary folder, for looking at logs.")] = False,
) -> None:
    """Run the main loop once on a fresh temporary stack; the last line printed is its result as JSON."""
    if facilities is not None and not facilities.is_file():
        _stop(f"There is no file {facilities}.")
    try:
        columns = msgspec.json.decode(mapping, type=dict[str, str | None])
    except msgspec.MsgspecError:
        _stop("Say the columns as a JSON object of fields and headers.")
    from deploy.local.running import demonstrate

    raise SystemExit(_finish(demonstrate(facilities, keep, columns)))


@app.command()
def smoke(
    url: Annotated[str, typer.Option(help="Address of the gateway.")],
    under: Annotated[str, typer.Option(help="The country's unit; made when the instance is empty.")],
    issuer: Annotated[Path | None, typer.Option(help="Folder with a development issuer's key.")] = None,
    tokens: Annotated[Path | None, typer.Option(help="Folder with a token a file, named by role.")] = None,
) -> None:
    """Run the main loop against a running instance; the last line printed is its result as JSON."""
    from deploy.local.running import check_instance
    from deploy.smoke.place import REGION
    from deploy.smoke.sign_in import NoSignIn, by_files, by_issuer

    if (issuer is None) == (tokens is None):
        _stop("Say either --issuer or --tokens.")
    try:
        sign_in = by_files(tokens, REGION) if tokens else by_issuer(issuer or Path())
    except NoSignIn as error:
        _stop(str(error))
    raise SystemExit(_finish(check_instance(url, sign_in, under)))


@app.command()
def token(
    role: Annotated[str, typer.Argument(help=f"One of {', '.join(ROLES)}.")],
    unit: Annotated[list[str] | None, typer.Option(help="Org unit it is valid below; repeatable.")] = None,
    subject: Annotated[str, typer.Option(help="Sign-in name, tied to a person in registry.")] = "",
) -> None:
    """Print a development token for the local stack."""
    if role not in ROLES:
        _stop(f"There is no role {role!r}. Roles: {', '.join(ROLES)}.")
    print(stored_issuer(folder_of_stack()).token(role, units=tuple(unit or ()), subject=subject))


app.command("import")(import_file)
for command in (split, trace, stop, reset, clock, erase, readers):
    app.command()(command)


@app.command()
def rebuild(service: str) -> None:
    """Make a service's projections anew from its sources; owned data stay as they are.

    Registry must run. Outside the local stack STEWARD_TOKEN holds a token of the role `service`.
    """
    settings = _settings(service)
    name = f"services.{service}.rebuild"
    if find_spec(name) is None:
        _stop(f"{service} keeps no projection that could be rebuilt.")
    if settings.mode == "local":
        domain_clock.follow(settings.clock_file)
        if "STEWARD_TOKEN" not in os.environ:
            os.environ["STEWARD_TOKEN"] = stored_issuer(folder_of_stack()).token("service")
    try:
        report: Any = asyncio.run(import_module(name).rebuild(settings))
    except (Problem, OSError) as error:
        _stop(f"{service} stays as it is: {error}")
    print(json.dumps(report, default=str))


@app.command()
def migrate(
    service: Annotated[str, typer.Argument(help="A service, or `all`.")] = "all",
    roles: Annotated[
        bool, typer.Option("--roles", help="First make database, roles and schemas, from the secrets.")
    ] = False,
) -> None:
    """Bring schemas up to date, with the settings of the environment, the secrets or the local stack."""
    from deploy import database

    logging.getLogger("alembic.runtime.migration").setLevel(logging.INFO)  # which revisions run
    if service in SERVICES and service not in owners():
        _stop(f"{service} has no schema that could be brought up to date.")
    try:
        if roles:
            asyncio.run(secrets.create_roles())
        for name in owners() if service == "all" else [service]:
            asyncio.run(database.migrate(name, _settings(name).database_url))
            print(f"{name} is migrated")
    except (secrets.SecretMissing, *database.REFUSALS) as error:
        _stop(f"The database refused, or was not reached: {error}")


@app.command(name="provision")
def provision_all(
    nats_config: Annotated[
        Path | None, typer.Option(help="Write nats-server's configuration there instead, from the secrets.")
    ] = None,
    federation_folder: Annotated[
        Path | None, typer.Option("--federation", help="The federation folder: with the link that it says.")
    ] = None,
) -> None:
    """Add or update streams and durable consumers, as the NATS administrator."""
    settings = read(Settings, service=ADMIN) if nats_config is not None else _settings(ADMIN)
    federation_folder = federation_folder or federation_beside(local_settings().folder, settings)
    if federation_folder is None and settings.federation != "none":
        _stop(f"This is a {settings.federation}, whose link would be undone: say --federation FOLDER.")
    if federation_folder is not None:
        check_settings(Folder(federation_folder), settings)
    from nats.errors import Error as NatsError

    from deploy.broker import provision
    from deploy.federation.broker.streams import links_of

    try:
        if nats_config is not None:
            prepare_start(nats_config, settings.instance, federation_folder)
            print(f"{nats_config} has the users of {len(SERVICES)} services")
            return
        durables = asyncio.run(
            provision.provision(
                settings.nats_servers(),
                settings.nats_user,
                settings.nats_password,
                settings.instance,
                SERVICES,
                links=links_of(federation_folder),
            )
        )
    except (secrets.SecretMissing, NatsError, OSError) as error:
        _stop(f"NATS refused, or was not reached: {error}")
    print(f"Streams and {len(durables)} durable consumers are up to date")


def _settings(service: str) -> Settings:
    """The environment's settings, else those of an instance's secrets, else those of the local stack."""
    if service not in (*SERVICES, ADMIN):
        _stop(f"There is no service {service!r}. Services: {', '.join(SERVICES)}.")
    if (settings := read(Settings, service=service)).database_url or settings.nats_user:
        return settings
    folder = local_settings().folder
    known = secrets.settings_of(service) or running_settings(folder, service)
    if known is None:
        _stop(f"No stack has run on {folder.resolve()}, and no STEWARD_ settings are in the environment.")
    return known


def _finish(work: Any) -> int:
    """Run `work`; Ctrl-C is an orderly end, a stack that does not start is one line."""
    try:
        return int(asyncio.run(work))
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 0
    except StartError as error:
        print(error, file=sys.stderr)
        return 1


def _stop(message: str) -> NoReturn:
    print(message, file=sys.stderr)
    raise SystemExit(2)


federation.command()(demo_of_federation)
groups = {"federation": federation, "mcsd": mcsd, "clients": clients, "audit": audit, "transfer": transfer}
for name, group in groups.items():
    app.add_typer(group, name=name)


def main() -> None:
    """Entry point."""
    logs.start_unsettled("steward", logging.WARNING)
    try:
        app()
    except (FederationError, Forged, Unset, StartError, NoStack, secrets.SecretMissing) as error:
        _stop(str(error))
