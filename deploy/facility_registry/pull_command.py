"""`steward mcsd pull`."""

import asyncio
import json
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.data_folder.contents import NoStack, folder_of_stack
from deploy.data_folder.issuer import stored_issuer

mcsd = typer.Typer(no_args_is_help=True, help="A national facility registry that speaks IHE mCSD.")


@mcsd.callback()
def commands() -> None:
    """A national facility registry that speaks IHE mCSD."""


@mcsd.command()
def pull(
    url: Annotated[str, typer.Argument(help="Its FHIR address, as https://facilities.example.org/fhir.")],
    system: Annotated[str, typer.Option(help="The source system that it is in Steward.")],
    under: Annotated[str, typer.Option(help="The unit that those without a parent come below.")],
    bookmark: Annotated[Path, typer.Option(help="File that says how far the pull has come.")],
    into: Annotated[str, typer.Option(help="Address of Steward's gateway.")] = "http://127.0.0.1:8080",
    top: Annotated[str | None, typer.Option(help="Id of the Location there that is that unit.")] = None,
    authorization: Annotated[
        Path | None, typer.Option(help="File with the Authorization header for the registry.")
    ] = None,
) -> None:
    """Keep units in step with a national facility registry; the last thing printed is a report as JSON.

    Steward is called with the token in STEWARD_TOKEN; on the local stack one is made for `--under`.
    """
    from deploy.facility_registry.bookmark import Unreadable
    from deploy.facility_registry.pull import PullError, Target

    try:
        token = os.environ.get("STEWARD_TOKEN") or stored_issuer(folder_of_stack()).token(
            "hris", units=(under,)
        )
        source = {"Authorization": authorization.read_text().strip()} if authorization else {}
        target = Target(into.rstrip("/"), system, under, top)
        report = asyncio.run(_run(url.rstrip("/"), bookmark, target, source, token))
    except (PullError, Unreadable, NoStack, OSError) as error:
        typer.echo(str(error), err=True)
        raise SystemExit(2) from None
    typer.echo(json.dumps(report, indent=1))
    raise SystemExit(1 if report.get("refused") else 0)


async def _run(url: str, bookmark: Path, target: Any, source: dict[str, str], token: str) -> dict[str, Any]:
    import aiohttp

    from deploy.facility_registry.bookmark import Bookmarks
    from deploy.facility_registry.pull import pull as pulled

    def progress(line: str) -> None:
        typer.echo(line, err=True)

    async with aiohttp.ClientSession() as http:
        own = {"Authorization": f"Bearer {token}"}
        return await pulled(http, Bookmarks(bookmark, url), target, (source, own), progress)
