"""`steward transfer`: let a person go to another region, and bring what came with one."""

import asyncio
import hashlib
import os
from datetime import date
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID, uuid4

import typer

from deploy.data_folder.contents import folder_of_stack
from deploy.data_folder.issuer import stored_issuer
from deploy.federation.commands.apply import In, folder_of
from deploy.federation.federation_error import FederationError
from deploy.federation.store.files import check_writable, give, read
from deploy.federation.store.membership_store import Folder

transfer = typer.Typer(
    no_args_is_help=True, help="People who move to another region, with results and plans."
)
Regions = Annotated[Path, typer.Option(help="Folder with a file a region: `steward transfer regions`.")]
Url = Annotated[str, typer.Option(help="Address of the gateway.")]
REASONS = ("posting", "promotion", "own-request", "other")


@transfer.command()
def regions(
    hub: Annotated[str, typer.Argument(help="Address of the hub's gateway; its token is in STEWARD_TOKEN.")],
    folder: Annotated[Path, typer.Argument(help="Where to write a file a region.")],
) -> None:
    """Write what the hub states of its regions. Compare the keys with what each region's operator reads out."""
    from deploy.list_files import owning_regions

    async def write() -> list[Any]:
        found = await owning_regions.ask(hub.rstrip("/"), os.environ.get("STEWARD_TOKEN", ""))
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        await owning_regions.store(folder, found)
        return found

    for region in asyncio.run(write()):
        typer.echo(f"{region.region}: sealing key {region.sealing_key}, signing key {region.signing_key}")


@transfer.command()
def send(
    person: Annotated[UUID, typer.Argument(help="The person's id here.")],
    file: Annotated[Path, typer.Argument(help="Where to write what the person takes along.")],
    to: Annotated[str, typer.Option(help="The region that they move to.")],
    on: Annotated[str, typer.Option(help="First day on which that region counts them, YYYY-MM-DD.")],
    reason: Annotated[str, typer.Option(help=f"One of {', '.join(REASONS)}.")],
    regions: Regions,
    url: Url = "http://127.0.0.1:8080",
    unit: Annotated[
        str, typer.Option(help="On the local stack: the unit that the token is valid below.")
    ] = "",
    folder: In = None,
) -> None:
    """Seal what a person takes along for another region, and let them leave from that day on.

    The token is in STEWARD_TOKEN; on the local stack one is made for `--unit`.
    """
    check_writable(file)
    own = folder_of(folder)
    asyncio.run(_send(own, str(person), file, to, _day(on), reason, regions, url, unit))


async def _send(
    own: Folder,
    person: str,
    file: Path,
    to: str,
    moved_on: date,
    reason: str,
    regions: Path,
    url: str,
    unit: str,
) -> None:
    from deploy.list_files.owning_regions import named
    from deploy.person_transfers.calls import Instance, Refused
    from deploy.person_transfers.person_file import Route, Taken, packed

    reader, transfer_id = named(regions, to), uuid4()
    route = Route("steward-person-1", own.instance(), to, transfer_id)
    async with Instance(url, _token(unit)) as instance:
        taken = Taken(moved_on, **await instance.taken(person))
        content = packed(route, taken, own.keys(), reader)
        await asyncio.to_thread(give, file, content)  # first: who has left may not be read any more
        body = {
            "transfer_id": str(transfer_id), "region": to, "sealing_key": reader.sealing_key,
            "digest": hashlib.sha256(content).hexdigest(), "reason": reason, "moved_on": moved_on.isoformat(),
        }  # fmt: skip
        try:
            await instance.ask("POST", f"/v1/people/{person}/transfers", json=body)
        except Refused:
            await asyncio.to_thread(file.unlink, missing_ok=True)
            raise
        except FederationError as error:
            raise FederationError(
                f"{error} {file} is kept: look whether the person has left, else remove it and begin again."
            ) from None
    typer.echo(f"{file}: transfer {transfer_id} to {to}, sealed to {reader.sealing_key}")
    typer.echo(f"{len(taken.results)} results, {len(taken.plans)} plans; counted here until {moved_on}")


@transfer.command()
def receive(
    file: Annotated[Path, typer.Argument(help="What came from another region.", exists=True, dir_okay=False)],
    unit: Annotated[str, typer.Option(help="The unit where the person is to have a post.")],
    role: Annotated[str, typer.Option(help="The role of that post.")],
    regions: Regions,
    url: Url = "http://127.0.0.1:8080",
    folder: In = None,
) -> None:
    """Bring what a person takes along; somebody else accepts it. Twice is as good as once.

    The token is in STEWARD_TOKEN; on the local stack one is made for `--unit`.
    """
    found = asyncio.run(_receive(folder_of(folder), file, unit, role, regions, url))
    typer.echo(f"transfer {found['transfer_id']} from {found['origin']} is {found['state']}")


async def _receive(own: Folder, file: Path, unit: str, role: str, regions: Path, url: str) -> dict[str, Any]:
    import msgspec

    from deploy.list_files.owning_regions import named
    from deploy.person_transfers.calls import Instance
    from deploy.person_transfers.person_file import MOST, route_of, unpacked

    content = read(file, MOST)
    route = route_of(content)
    taken = unpacked(content, own.keys(), own.instance(), named(regions, route.writer))
    body = msgspec.to_builtins(taken) | {
        "origin": route.writer, "transfer_id": str(route.transfer_id), "unit_code": unit, "role_code": role
    }  # fmt: skip
    async with Instance(url, _token(unit)) as instance:
        found: dict[str, Any] = await instance.ask("POST", "/v1/arrivals", json=body)
    return found


def _token(unit: str) -> str:
    given = os.environ.get("STEWARD_TOKEN")
    return given or stored_issuer(folder_of_stack()).token("hris", units=(unit,) if unit else ())


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise FederationError(f"{text} is no day such as 2027-01-31.") from None
