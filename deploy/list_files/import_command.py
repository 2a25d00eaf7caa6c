"""`steward import`: a file of a list, or one that `steward split` sealed for this region."""

import asyncio
import os
from pathlib import Path
from typing import Annotated, Any

import typer

from deploy.data_folder.contents import NoStack, folder_of_stack
from deploy.data_folder.issuer import stored_issuer
from deploy.federation.commands.apply import In, folder_of
from deploy.federation.store.files import give, read, text
from deploy.list_files.list_kinds import KINDS, SUFFIX

LISTED = 20  # rejected and held lines that are printed; `--report` has them all


def import_file(
    file: Annotated[
        Path,
        typer.Argument(help="CSV or NDJSON, also with .gz; or sealed: .age.", exists=True, dir_okay=False),
    ],
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(KINDS)}; a sealed file says it itself.")] = "",
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
    encoding: Annotated[str, typer.Option(help="Of CSV: utf-8, utf-16 or cp1252; else found out.")] = "",
    mapping: Annotated[str, typer.Option(help="Of CSV: a JSON object of fields and headers.")] = "",
    report: Annotated[Path | None, typer.Option(help="File for the report as a table (CSV).")] = None,
    counts: Annotated[
        Path | None,
        typer.Option(help="File for what goes back: counts and codes, no line and no value (JSON)."),
    ] = None,
    folder: In = None,
) -> None:
    """Load a file of people, posts, leavers or facilities. Ends with 1 where lines were rejected or held.

    The token is in STEWARD_TOKEN; on the local stack one is made for `--unit`. A sealed file is opened with the
    key of the federation folder; what it holds is written nowhere.
    """
    head, packed = _opened(file, folder) if file.suffix == SUFFIX else (None, b"")
    kind = kind or (head.kind if head is not None else "")
    if kind not in KINDS or (head is not None and kind != head.kind):
        raise typer.BadParameter(f"One of {', '.join(KINDS)}.", param_hint="--kind")
    given = {"system": system, "digest": digest, "dates": dates, "encoding": encoding, "mapping": mapping}
    given |= {name: "true" for name, wanted in (("dry_run", dry_run), ("full", full)) if wanted}
    given |= {"lines": str(lines)} if lines >= 0 else {}
    content_type = head.content_type if head is not None else ""
    parameters = {name: value for name, value in given.items() if value}
    found = _sent((file, kind, parameters, content_type, packed), into, unit, report)
    if counts is not None:
        give(counts, text(_back(head, kind, found)))
    raise SystemExit(1 if found["rejected_count"] or found["held"] else 0)


def _sent(file: tuple[Any, ...], into: str, unit: str, report: Path | None) -> dict[str, Any]:
    """The report of an import, printed; ends the command where nothing was taken."""
    from deploy.list_files.sending import FileRefused, ListFile

    try:
        token = os.environ.get("STEWARD_TOKEN") or stored_issuer(folder_of_stack()).token(
            "hris", units=(unit,) if unit else ()
        )
        found = asyncio.run(_run(into.rstrip("/"), ListFile(*file), token, report))
    except (FileRefused, NoStack, OSError) as error:
        typer.echo(str(error), err=True)
        raise SystemExit(2) from None
    _print(found)
    return found


def _back(head: Any, kind: str, found: dict[str, Any]) -> dict[str, Any]:
    """What goes back to who parted the national file."""
    from deploy.list_files.sending import counts

    stated = {"region": head.region, "split_id": head.split_id} if head is not None else {}
    return {**stated, "kind": kind, **counts(found)}


def _opened(file: Path, folder: Path | None) -> tuple[Any, bytes]:
    """Head and list of a sealed file, by the key of the region of the federation folder."""
    from deploy.list_files.sealed_list import MOST, opened

    own = folder_of(folder)
    return opened(read(file, MOST), own.keys(), own.instance())


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
        task = bar.add_task("sending", total=file.size, lines=0)

        def progress(what: str, count: int) -> None:
            if what == "sent":
                done = count >= file.size
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
    from deploy.list_files.sending import COUNTS

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
