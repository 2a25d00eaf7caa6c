"""``steward federation``: who belongs to a federation, and figures carried by hand."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import typer

from deploy.data_folder.issuer import stored_issuer
from deploy.data_folder.settings import local_settings
from deploy.federation.commands.apply import In, apply, folder_of
from deploy.federation.commands.init import init, join, renew
from deploy.federation.federation_error import FederationError
from deploy.federation.membership.enrolment import request_of
from deploy.federation.membership.expiry import standing
from deploy.federation.membership.hub import ACTIVE, SUSPENDED, Hub
from deploy.federation.membership.region import Region
from deploy.federation.membership.settings_check import public_keys
from deploy.federation.store.files import DASH, called, check_writable, document, give, read, text

federation = typer.Typer(
    no_args_is_help=True, help="A hub and its regions: who belongs together, and what is carried by hand."
)

federation.command()(init)
federation.command()(renew)
federation.command()(join)


@federation.command()
def add(
    request: Annotated[Path, typer.Argument(help="A region's request, - to read it here.")],
    welcome: Annotated[Path | None, typer.Option(help="Where to write the answer, - to print it.")] = None,
    folder: In = None,
) -> None:
    """Admit a region, or renew its certificate and epoch; no other region notices."""
    asked = document(request)
    path = welcome or (DASH if request == DASH else Path(f"welcome-{request_of(asked).region}.json"))
    check_writable(path)
    answer = Hub(folder_of(folder)).add(asked)
    give(path, text(answer))
    done = f"{asked['region']} is admitted, with the nkey {asked['nkey']}"
    apply(folder_of(folder), done, renewed=asked["region"], err=path == DASH)
    typer.echo(f"Send {called(path)} back (it holds no secret)", err=path == DASH)
    typer.echo(f"The region's operator will ask you for this hub's nkey: {answer['nkey']}", err=path == DASH)


@federation.command()
def suspend(region: str, folder: In = None) -> None:
    """Close a region's link until it is resumed; what it published stays."""
    Hub(folder_of(folder)).set_state(region, SUSPENDED)
    apply(folder_of(folder), f"{region} is suspended")


@federation.command()
def resume(region: str, folder: In = None) -> None:
    """Let a suspended region speak again; it catches up by itself."""
    Hub(folder_of(folder)).set_state(region, ACTIVE)
    apply(folder_of(folder), f"{region} may speak again")


@federation.command()
def remove(region: str, folder: In = None) -> None:
    """End a region's membership; what it published stays."""
    Hub(folder_of(folder)).remove(region)
    apply(folder_of(folder), f"{region} is no member any more")


@federation.command()
def restored(folder: In = None) -> None:
    """Say that this instance was restored from a backup: it begins a new epoch at its next start."""
    own = folder_of(folder)
    name = own.instance()
    if not name:
        raise FederationError("This instance belongs to no federation.")
    if own.role() == "hub":
        typer.echo(
            f"{name} is at epoch {own.restored()}: `steward provision` before its services start."
            " Regions do nothing."
        )
        return
    epoch = Region(own).restored()
    typer.echo(f"{name} is at epoch {epoch}. Tell the hub's operator:")
    typer.echo(f"steward federation epoch {name} {epoch}")


@federation.command()
def epoch(region: str, number: int, folder: In = None) -> None:
    """Read a region's uplink of a new epoch, after the region was restored from a backup."""
    Hub(folder_of(folder)).set_epoch(region, number)
    apply(folder_of(folder), f"{region} is read at epoch {number}", renewed=region)


@federation.command()
def keys(folder: In = None) -> None:
    """Print a region's public keys as settings of its registry; read them out to who compares them."""
    found = public_keys(folder_of(folder))
    if not found:
        raise FederationError("Only a region states keys to its hub.")
    for name, key in found.items():
        typer.echo(f"STEWARD_{name.upper()}={key}")


@federation.command(name="export")
def export_file(
    file: Annotated[Path, typer.Argument(help="Where to write what the other side has not got.")],
    to: Annotated[str, typer.Option(help="At a hub: the region it is for.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Everything, not only what is new.")] = False,
    folder: In = None,
) -> None:
    """Write a signed and encrypted file to be carried to the hub, or from the hub to a region."""
    from deploy.federation.transfer import exchange

    check_writable(file)
    own = folder_of(folder)
    made = asyncio.run(exchange.export(own, to, again=again))
    give(file, made.content)
    exchange.written(own, made)
    typer.echo(f"{made.manifest.count} messages in {called(file)}", err=file == DASH)
    if made.more:
        typer.echo("The file is full and more waits: export the next one, without --again", err=file == DASH)


@federation.command(name="import")
def import_file(file: Path, folder: In = None) -> None:
    """Take a file that was carried here. Taking it twice changes nothing."""
    from deploy.federation.transfer import exchange
    from deploy.federation.transfer.bundle import MOST

    taken = asyncio.run(exchange.take(folder_of(folder), read(file, MOST)))
    typer.echo(f"{taken.count} messages, {taken.fresh} of them new to the stream")
    if taken.missed:
        first, last = taken.missed[0], taken.missed[-1]
        typer.echo(f"numbers {first} to {last} were not in any file that came here; ask for --again,")
        typer.echo("unless the link brings them")


@federation.command()
def status(
    url: Annotated[str, typer.Option(help="Address of a gateway; default: the local stack's.")] = "",
    token: Annotated[str, typer.Option(help="A token with the role ops.", envvar="STEWARD_TOKEN")] = "",
    folder: In = None,
) -> None:
    """Print every region of a hub (last seen, lag, versions), or a region's own link, and how long it is valid."""
    from deploy.federation.commands.status import ask, report

    local = local_settings().folder
    if not url and not (local / "stack.json").exists():
        raise FederationError("No stack runs here: say --url and --token.")
    address = url or json.loads((local / "stack.json").read_text())["gateway_url"]
    if url and not token:
        raise FederationError("Say --token, or set STEWARD_TOKEN.")
    try:
        report(asyncio.run(ask(address, token or stored_issuer(local).token("ops"))))
    finally:  # also where the answer is that something is down
        for line in standing(folder_of(folder)):
            typer.echo(line)
