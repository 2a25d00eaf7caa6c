"""``steward federation``: who belongs to a federation, and figures carried by hand."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from deploy.federation import carrying, contained
from deploy.federation.configuration import Tls
from deploy.federation.demonstration import demonstrate
from deploy.federation.documents import DASH, called, document, give, read, text
from deploy.federation.folder import FederationError, Folder
from deploy.federation.hub import ACTIVE, SUSPENDED, Hub
from deploy.federation.joining import named, role
from deploy.federation.region import REQUEST, Region
from deploy.federation.status import ask, table
from deploy.local.issuer import stored_issuer
from deploy.local.stack import LocalSettings

federation = typer.Typer(
    no_args_is_help=True, help="A hub and its regions: who belongs together, and what is carried by hand."
)

In = Annotated[
    Path | None, typer.Option("--folder", help="The federation folder; default: the local stack's.")
]
Certificate = Annotated[Path | None, typer.Option(help="Your own authority's certificate for this end.")]
Key = Annotated[Path | None, typer.Option(help="The key of that certificate.")]
Authority = Annotated[Path | None, typer.Option(help="Your own authority's certificate.")]


@federation.command()
def init(
    hub: Annotated[bool, typer.Option("--hub", help="Make this instance a hub.")] = False,
    name: Annotated[str, typer.Option(help="Name of the hub's instance.")] = "hub",
    host: Annotated[list[str] | None, typer.Option(help="Name or address of the hub; repeatable.")] = None,
    port: Annotated[int, typer.Option(help="Port of the link.")] = 7422,
    certificate: Certificate = None,
    key: Key = None,
    authority: Authority = None,
    folder: In = None,
) -> None:
    """Make the keys and certificates of a hub. Its nats-server takes them at its next start."""
    if not hub:
        raise FederationError("A region needs no init: it joins, with `steward federation join`.")
    if not host:
        raise FederationError("Say how regions reach the hub: --host NAME.")
    found = _folder(folder)
    Hub(found).init(name, host, port, _given(certificate, key, authority))
    typer.echo(f"{name} is a hub; its keys are in {found.path}: keep them where you keep secrets")


@federation.command()
def join(
    name: Annotated[str, typer.Option(help="Name of this region's instance: writes the request.")] = "",
    request: Annotated[Path | None, typer.Option(help="Where to write it too, - to print it.")] = None,
    welcome: Annotated[Path | None, typer.Option(help="The hub's answer to it, - to read it here.")] = None,
    certificate: Certificate = None,
    key: Key = None,
    folder: In = None,
) -> None:
    """Join a hub: first write a request for its operator, then take the welcome that comes back."""
    region = Region(_folder(folder))
    if welcome is None:
        asked = region.request(name)
        if request is not None:
            give(request, text(asked))
        sent = request or region.folder.file(REQUEST)
        typer.echo(
            f"Send {called(sent)} to the hub's operator (it holds no secret), then run", err=sent == DASH
        )
        typer.echo("steward federation join --welcome FILE", err=sent == DASH)
        typer.echo(f"The operator will ask you for your nkey: {asked['nkey']}", err=sent == DASH)
        return
    region.join(document(welcome), _given(certificate, key, None))
    typer.echo(f"{region.name()} belongs to {region.hub()}; its nats-server links at its next start")
    if (begun := region.folder.epoch()) > 1:
        typer.echo(f"It is at epoch {begun}: where its settings are yours, STEWARD_EPOCH={begun}")


@federation.command()
def add(
    request: Annotated[Path, typer.Argument(help="A region's request, - to read it here.")],
    welcome: Annotated[Path | None, typer.Option(help="Where to write the answer, - to print it.")] = None,
    folder: In = None,
) -> None:
    """Admit a region, or renew its certificate and epoch; no other region notices."""
    asked = document(request)
    answer = Hub(_folder(folder)).add(asked)
    path = welcome or (DASH if request == DASH else Path(f"welcome-{asked['region']}.json"))
    give(path, text(answer))
    typer.echo(f"{asked['region']} is admitted, with the nkey {asked['nkey']}", err=path == DASH)
    typer.echo(f"Send {called(path)} back (it holds no secret)", err=path == DASH)
    _apply(folder, renewed=asked["region"], err=path == DASH)


@federation.command()
def suspend(region: str, folder: In = None) -> None:
    """Close a region's link until it is resumed; what it published stays."""
    Hub(_folder(folder)).set_state(region, SUSPENDED)
    typer.echo(f"{region} is suspended")
    _apply(folder)


@federation.command()
def resume(region: str, folder: In = None) -> None:
    """Let a suspended region speak again; it catches up by itself."""
    Hub(_folder(folder)).set_state(region, ACTIVE)
    typer.echo(f"{region} may speak again")
    _apply(folder)


@federation.command()
def remove(region: str, folder: In = None) -> None:
    """End a region's membership; what it published stays."""
    Hub(_folder(folder)).remove(region)
    typer.echo(f"{region} is no member any more")
    _apply(folder)


@federation.command()
def restored(folder: In = None) -> None:
    """Say that this instance was restored from a backup: it begins a new epoch at its next start."""
    own = _folder(folder)
    name = named(own)
    if not name:
        raise FederationError("This instance belongs to no federation.")
    epoch = own.restored()
    if role(own) == "hub":
        typer.echo(
            f"{name} is at epoch {epoch}: `steward provision` before its services start. Regions do nothing."
        )
        return
    Region(own).request(name)
    typer.echo(f"{name} is at epoch {epoch}. Tell the hub's operator:")
    typer.echo(f"steward federation epoch {name} {epoch}")


@federation.command()
def epoch(region: str, number: int, folder: In = None) -> None:
    """Read a region's uplink of a new epoch, after the region was restored from a backup."""
    Hub(_folder(folder)).set_epoch(region, number)
    typer.echo(f"{region} is read at epoch {number}")
    _apply(folder, renewed=region)


@federation.command()
def demo(
    keep: Annotated[bool, typer.Option(help="Keep the temporary folder, for looking at logs.")] = False,
) -> None:
    """Run a hub and two regions on this machine, load them, and compare the nation's totals with theirs."""
    raise SystemExit(asyncio.run(demonstrate(keep)))


@federation.command(name="export")
def export_file(
    file: Annotated[Path, typer.Argument(help="Where to write what the other side has not got.")],
    to: Annotated[str, typer.Option(help="At a hub: the region it is for.")] = "",
    again: Annotated[bool, typer.Option("--again", help="Everything, not only what is new.")] = False,
    folder: In = None,
) -> None:
    """Write a signed and encrypted file to be carried to the hub, or from the hub to a region."""
    own = _folder(folder)
    made = asyncio.run(carrying.export(own, to, again=again))
    give(file, made.content)
    carrying.written(own, made)
    typer.echo(f"{made.manifest.count} messages in {called(file)}", err=file == DASH)
    if made.more:
        typer.echo("The file is full and more waits: export the next one, without --again", err=file == DASH)


@federation.command(name="import")
def import_file(file: Path, folder: In = None) -> None:
    """Take a file that was carried here. Taking it twice changes nothing."""
    taken = asyncio.run(carrying.take(_folder(folder), read(file)))
    typer.echo(f"{taken.count} messages, {taken.fresh} of them new to the stream")
    if taken.missed:
        first, last = taken.missed[0], taken.missed[-1]
        typer.echo(f"numbers {first} to {last} were not in any file that came here; ask for --again,")
        typer.echo("unless the link brings them")


@federation.command()
def status(
    url: Annotated[str, typer.Option(help="Address of a gateway; default: the local stack's.")] = "",
    token: Annotated[str, typer.Option(help="A token with the role ops.", envvar="STEWARD_TOKEN")] = "",
) -> None:
    """Print every region of a hub (last seen, lag, versions), or a region's own link."""
    local = LocalSettings().folder
    if not url and not (local / "stack.json").exists():
        raise FederationError("No stack runs here: say --url and --token.")
    address = url or json.loads((local / "stack.json").read_text())["gateway_url"]
    if url and not token:
        raise FederationError("Say --token, or set STEWARD_TOKEN.")
    for line in table(asyncio.run(ask(address, token or stored_issuer(local).token("ops")))):
        typer.echo(line)


def _apply(folder: Path | None, *, renewed: str = "", err: bool = False) -> None:
    """Tell the instance's server, where one runs on this folder; elsewhere say what is left to do."""
    closed = asyncio.run(carrying.reload(_folder(folder), renewed))
    if closed is None and contained.here():
        typer.echo(
            "No hub's NATS answers here yet: `docker compose up --detach --wait` takes it in.", err=err
        )
    elif closed is None:
        typer.echo(
            "Write the server's configuration again, let it reload, and run `steward provision`.", err=err
        )
    for name in closed or ():
        again = " and comes again by itself" if renewed else ""
        typer.echo(f"the link of {name} is closed{again}", err=err)


def _folder(path: Path | None) -> Folder:
    return Folder((path or LocalSettings().folder / "federation").resolve())


def _given(certificate: Path | None, key: Path | None, authority: Path | None) -> Tls | None:
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise FederationError("A certificate needs its key: give --certificate and --key.")
    files: Sequence[Path] = [certificate, key, authority or certificate]
    for file in files:
        read(file)
    return Tls(*(str(file.resolve()) for file in files))
