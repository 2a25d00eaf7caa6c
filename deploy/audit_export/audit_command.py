"""`steward audit export` and `steward audit verify`."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple, NoReturn

import typer

from deploy.data_folder.contents import folder_of_stack
from deploy.data_folder.issuer import stored_issuer

if TYPE_CHECKING:
    from shared.audit.export_check import Verified

audit = typer.Typer(no_args_is_help=True, help="Who read and wrote data of individuals.")
Url = Annotated[str, typer.Option(help="Address of the gateway.")]
Head = Annotated[
    list[str] | None, typer.Option(help="NUMBER:HASH of a seal, noted elsewhere; repeatable, with a file.")
]
Under = Annotated[
    str, typer.Option(help="On the local stack: the country's unit, for which a token is made.")
]
LOCAL = "http://127.0.0.1:8080"
PEPPER = "STEWARD_SUBJECT_PEPPER"


class Source(NamedTuple):
    """A gateway, and the token that it is asked with."""

    url: str
    token: str


@audit.callback()
def commands() -> None:
    """Who read and wrote data of individuals."""


@audit.command()
def export(
    service: Annotated[str, typer.Argument(help="registry, assessment, planning or evaluation.")],
    url: Url = LOCAL,
    under: Under = "",
    after: Annotated[int, typer.Option(help="Only seals after this number.")] = 0,
    people: Annotated[bool, typer.Option("--people", help="With ids and salts of the people.")] = False,
) -> None:
    """Print the sealed audit of a service, a line each for entries and seals.

    The API is called with the token in STEWARD_TOKEN, of an auditor with the root in its units.
    """

    async def work() -> None:
        async for page in _pages(Source(url, _token(under)), service, after, people):
            sys.stdout.buffer.write(page)

    _run(work())


@audit.command()
def verify(
    file: Annotated[
        Path | None, typer.Argument(help="An export; without it, every service is asked.")
    ] = None,
    url: Url = LOCAL,
    under: Under = "",
    head: Head = None,
) -> None:
    """Check that no entry was changed, taken away or moved; ends with 1 and a list where one was.

    Seals' signatures are checked where STEWARD_SUBJECT_PEPPER is set. A file is checked offline.
    """
    heads = _heads(head or [])
    if file is None and heads:
        _stop("Say --head with a file: it is of one service.")
    try:
        found = [_of_file(file, heads)] if file else []
    except OSError as error:
        _stop(str(error))
    if file is None:
        _run(_of_services(Source(url, _token(under)), found))
    raise SystemExit(max([_report(each) for each in found], default=0))


def _heads(texts: list[str]) -> dict[int, str]:
    found = {}
    for text in texts:
        number, _, digest = text.partition(":")
        if not number.isdecimal() or len(digest) != 64:
            _stop("A head is NUMBER:HASH, with the 64 digits of the hash.")
        found[int(number)] = digest
    return found


def _of_file(file: Path, heads: Mapping[int, str]) -> "Verified":
    from shared.audit.export_check import verify as verified

    with file.open("rb") as lines:
        return verified(lines, heads, os.environ.get(PEPPER) or None)


async def _of_services(source: Source, found: "list[Verified]") -> None:
    from shared.audit.audited_operations import SERVICES
    from shared.audit.export_check import Verification

    for service in SERVICES:
        check, number = Verification({}, os.environ.get(PEPPER) or None), 0
        check.result.service = service
        async for page in _pages(source, service, 0, people=False):
            for line in page.splitlines():
                number += 1
                check.take(number, line)
        found.append(check.end())


async def _pages(source: Source, service: str, after: int, people: bool) -> AsyncIterator[bytes]:
    """The export, some seals at a time. Raises OSError with what the gateway says."""
    import aiohttp
    import orjson

    headers = {"Authorization": f"Bearer {source.token}"}
    async with aiohttp.ClientSession(headers=headers) as http:
        while True:
            wanted = {"after": str(after), "people": str(people).lower()}
            at = f"{source.url.rstrip('/')}/v1/audit/{service}/export"
            async with http.get(at, params=wanted) as answer:
                body = await answer.read()
                if answer.status != 200:
                    raise OSError(f"{at} answered {answer.status}: {body[:300].decode(errors='replace')}")
            if not body:
                return
            yield body
            after = orjson.loads(body.splitlines()[-1])["number"]


def _report(found: "Verified") -> int:
    """Print what was found; 1 where something is wrong."""
    typer.echo(
        f"{found.service or 'nothing'}: {found.entries} entries in {found.seals} seals,"
        f" {found.first or 0} to {found.last or 0}, head {found.last or 0}:{found.head or '-'}"
    )
    for fault in found.faults:
        typer.echo(f"  {fault}", err=True)
    return 1 if found.faults else 0


def _token(under: str) -> str:
    if token := os.environ.get("STEWARD_TOKEN"):
        return token
    return stored_issuer(folder_of_stack()).token("auditor", units=(under,) if under else ())


def _run(work: Coroutine[None, None, None]) -> None:
    try:
        asyncio.run(work)
    except OSError as error:
        _stop(str(error))


def _stop(message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise SystemExit(2)
