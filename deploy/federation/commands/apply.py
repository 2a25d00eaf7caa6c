"""What all commands have in common: finding the federation folder, and applying a change to the running server."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from deploy.data_folder.settings import local_settings
from deploy.federation.broker import container_reload
from deploy.federation.federation_error import FederationError, shown
from deploy.federation.store.membership_store import Folder
from deploy.federation.store.schemas import HUB

In = Annotated[
    Path | None, typer.Option("--folder", help="The federation folder; default: the local stack's.")
]


def folder_of(path: Path | None) -> Folder:
    """The federation folder at `path`, or the local stack's. Raises FederationError."""
    found = Folder((path or local_settings().folder / "federation").resolve())
    try:
        found.file(HUB).exists()
    except OSError as error:
        raise FederationError(f"{found.path} cannot be read: {error.strerror}.") from None
    return found


def apply(folder: Folder, done: str, *, renewed: str = "", err: bool = False) -> None:
    """Apply the membership to the server that runs on this folder, and print that it is `done`.

    Where none runs, what is left to do is printed. If the server refuses the change, only the error is printed.
    """
    from deploy.federation.broker.reload import (
        reload,  # loads NATS, which no command waits for that fails before
    )

    closed = asyncio.run(reload(folder, renewed))
    typer.echo(done if closed is not None else f"{done}, but only in {folder.path}:", err=err)
    if closed is None and container_reload.here():
        typer.echo(
            "No hub's NATS answers here yet: `docker compose up --detach --wait` takes it in.", err=err
        )
    elif closed is None:
        typer.echo(
            "No hub's NATS answers here. The local stack takes it in at its next start; for a server of"
            " your own write its configuration again, let it reload, and run `steward provision`.",
            err=err,
        )
    for name in closed or ():
        again = " and comes again by itself" if renewed else ""
        typer.echo(f"the link of {shown(name)} is closed{again}", err=err)
