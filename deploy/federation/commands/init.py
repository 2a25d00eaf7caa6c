"""Commands by which an instance becomes a hub or a region, and renews what it proves itself with."""

from pathlib import Path
from typing import Annotated

import typer

from deploy.federation.commands.apply import In, apply, folder_of
from deploy.federation.federation_error import FederationError
from deploy.federation.membership.hub import Hub
from deploy.federation.membership.region import Region
from deploy.federation.pki.certificates import Tls
from deploy.federation.store.files import DASH, called, check_writable, document, give, text
from deploy.federation.store.schemas import REQUEST

Certificate = Annotated[Path | None, typer.Option(help="Your own authority's certificate for this end.")]
Key = Annotated[Path | None, typer.Option(help="The key of that certificate.")]
Authority = Annotated[Path | None, typer.Option(help="Your own authority's certificate.")]


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
    found = folder_of(folder)
    Hub(found).init(name, host or [], port, _given(certificate, key, authority))
    typer.echo(f"{name} is a hub; its keys are in {found.path}: keep them where you keep secrets")


def renew(
    host: Annotated[list[str] | None, typer.Option(help="Other names or addresses; repeatable.")] = None,
    port: Annotated[int | None, typer.Option(help="Another port of the link.")] = None,
    certificate: Certificate = None,
    key: Key = None,
    authority: Authority = None,
    folder: In = None,
) -> None:
    """Renew the certificate of a hub's server; members stay. A region renews its own by asking again."""
    own = folder_of(folder)
    hub = Hub(own)
    moved = port is not None and port != hub.port()
    again = hub.renew(host or [], port, _given(certificate, key, authority))
    if moved:
        typer.echo(
            f"the certificate of {hub.name()} is renewed; NATS listens on port {port} from its next start"
        )
    else:
        apply(own, f"the certificate of {hub.name()} is renewed")
    if again:
        typer.echo("Regions call another address or trust another authority now: add each of them again")


def join(
    name: Annotated[str, typer.Option(help="Name of this region's instance: writes the request.")] = "",
    request: Annotated[Path | None, typer.Option(help="Where to write it too, - to print it.")] = None,
    welcome: Annotated[Path | None, typer.Option(help="The hub's answer to it, - to read it here.")] = None,
    certificate: Certificate = None,
    key: Key = None,
    another_hub: Annotated[
        bool, typer.Option(help="The hub has another nkey than the one joined before.")
    ] = False,
    folder: In = None,
) -> None:
    """Join a hub: first write a request for its operator, then take the welcome that comes back."""
    region = Region(folder_of(folder))
    if welcome is None:
        check_writable(request or DASH)
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
    region.join(document(welcome), _own(certificate, key), another_hub=another_hub)
    typer.echo(f"{region.name()} belongs to {region.hub()}; its nats-server links at its next start")
    typer.echo(f"Before that, let the hub's operator read its nkey out; here it is {region.hub_nkey()}")
    if (begun := region.folder.epoch()) > 1:
        typer.echo(f"It is at epoch {begun}: where its settings are yours, STEWARD_EPOCH={begun}")


def _given(certificate: Path | None, key: Path | None, authority: Path | None) -> Tls | None:
    """A hub's own certificate, with its key and the authority whose certificates it accepts."""
    given = [path for path in (certificate, key, authority) if path is not None]
    if not given:
        return None
    if len(given) < 3:
        raise FederationError("A ministry's own: give --certificate, --key and --authority together.")
    return Tls(*(str(file.resolve()) for file in given))


def _own(certificate: Path | None, key: Path | None) -> Tls | None:
    """A region's own certificate; the authority comes with the welcome."""
    if certificate is None and key is None:
        return None
    if certificate is None or key is None:
        raise FederationError("A certificate needs its key: give --certificate and --key.")
    return Tls(str(certificate.resolve()), str(key.resolve()), "")
