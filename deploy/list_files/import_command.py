"""`steward import`."""

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.data_folder.contents import NoStack, folder_of_stack
from deploy.data_folder.issuer import stored_issuer
from deploy.list_files.list_kinds import KINDS

COUNTS = (
    "received",
    "created",
    "updated",
    "unchanged",
    "held",
    "rejected_count",
    "absent_count",
    "deactivated",
)
LISTED = 20  # rejected and held lines that are printed; `--report` has them all


def import_file(
    file: Annotated[Path, typer.Argument(help="CSV or NDJSON, also with .gz.", exists=True, dir_okay=False)],
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(KINDS)}.")],
    unit: Annotated[
        str, typer.Option(help="On the local stack: the unit that the token is valid below.")
    ] = "",
    into: Annotated[str, typer.Option(help="Address of the gateway.")] = "http://127.0.0.1:8080",
    system: Annotated[str, typer.Option(help="The source system, where you write as several.")] = "",
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done, and do nothing.")
    ] = False,
    digest: Annotated[str, typer.Option(help="Of a dry run: do exactly that.")] = "",
    full: Annotated[bool, typer.Option("--full", help="Deactivate what is not in the list.")] = False,
    lines: Annotated[int, typer.Option(help="Of a full list: how many lines its system counts.")] = -1,
    dates: Annotated[str, typer.Option(help="The form of days in CSV, such as DD/MM/YYYY.")] = "",
    encoding: Annotated[
        str, typer.Option(help="Of CSV: utf-8, utf-16 or cp1252; else it is found out.")
    ] = "",
    mapping: Annotated[str, typer.Option(help="Of CSV: a JSON object of fields and headers.")] = "",
    report: Annotated[Path | None, typer.Option(help="File for the report as a table (CSV).")] = None,
) -> None:
    """Load a file of people, posts, leavers or facilities. Ends with 1 where lines were rejected or held.

    The token is in STEWARD_TOKEN; on the local stack one is made for `--unit`.
    """
    if kind not in KINDS:
        raise typer.BadParameter(f"One of {', '.join(KINDS)}.", param_hint="--kind")
    given = {"system": system, "digest": digest, "dates": dates, "encoding": encoding, "mapping": mapping}
    parameters = {name: value for name, value in given.items() if value}
    parameters |= {"dry_run": "true"} if dry_run else {}
    parameters |= {"full": "true"} if full else {}
    parameters |= {"lines": str(lines)} if lines >= 0 else {}
    from deploy.list_files.sending import FileRefused, ListFile

    try:
        token = os.environ.get("STEWARD_TOKEN") or stored_issuer(folder_of_stack()).token(
            "hris", units=(unit,) if unit else ()
        )
        found = asyncio.run(_run(into.rstrip("/"), ListFile(file, kind, parameters), token, report))
    except (FileRefused, NoStack, OSError) as error:
        typer.echo(str(error), err=True)
        raise SystemExit(2) from None
    _print(found)
    raise SystemExit(1 if found["rejected_count"] or found["held"] else 0)


async def _run(url: str, file: Any, token: str, report: Path | None) -> dict[str, Any]:
    import aiohttp
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeElapsedColumn

    from deploy.list_files.sending import send, table

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[lines]} lines"),
        TimeElapsedColumn(),
    )
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=10)
    headers = {"Authorization": f"Bearer {token}"}
    with Progress(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task("sending", total=file.path.stat().st_size, lines=0)

        def progress(what: str, count: int) -> None:
            if what == "sent":
                done = count >= file.path.stat().st_size
                bar.update(task, completed=count, description="storing" if done else "sending")
            else:
                bar.update(task, lines=count)

        async with aiohttp.ClientSession(timeout=timeout, headers=headers) as http:
            try:
                found = await send(http, url, file, progress)
                bar.update(task, lines=found["received"], description="done")
                if report is not None:
                    content = await table(http, url, found["import_id"])
                    await asyncio.to_thread(report.write_bytes, content)
            except aiohttp.ClientError as error:
                raise OSError(f"{url} does not answer: {error}") from None
    return found


def _print(report: dict[str, Any]) -> None:
    """The counts, then the first lines that somebody should look at."""
    for name in COUNTS:
        if report[name] or name in COUNTS[:4]:
            typer.echo(f"{name.removesuffix('_count'):>12} {report[name]}")
    for name in ("encoding", "import_id", "digest"):
        if report[name]:
            typer.echo(f"{name:>12} {report[name]}")
    for each in [*report["rejected"], *report["held_lines"]][:LISTED]:
        typer.echo(f"line {each['line']} {each['pointer']} {each['code']}: {each['detail']}")
    if (more := report["rejected_count"] + report["held"] - LISTED) > 0:
        typer.echo(f"... {more} more: --report FILE has them.")
