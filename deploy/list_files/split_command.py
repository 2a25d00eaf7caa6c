"""`steward split`."""

import asyncio
import csv
import gzip
import json
import os
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path
from typing import IO, Annotated, Any, NamedTuple
from uuid import uuid4

import typer

from deploy.federation.federation_error import FederationError
from deploy.list_files.list_kinds import SPLIT_KINDS, SUFFIX, SplitKind

PIECE = 256 * 1024
LISTED = 20  # refused lines that are printed; `--report` has them all
_SUFFIXES = {".csv": True, ".ndjson": False, ".jsonl": False}  # whether it is CSV
_READER = "services.registry.imports.commands.file_lines"  # an entry point of registry


def split(
    file: Annotated[Path, typer.Argument(help="CSV or NDJSON, also with .gz.", exists=True, dir_okay=False)],
    kind: Annotated[str, typer.Option(help=f"One of {', '.join(SPLIT_KINDS)}.")],
    into: Annotated[Path, typer.Option(help="Folder for a sealed file a region.")],
    posts: Annotated[
        Path | None, typer.Option(help="Of people and leavers: the file of posts, which says where each is.")
    ] = None,
    hub: Annotated[
        str, typer.Option(help="Address of the hub's gateway; its token is in STEWARD_TOKEN.")
    ] = "",
    regions: Annotated[
        Path | None, typer.Option(help="Instead of the hub: a folder with a file a region.")
    ] = None,
    keep: Annotated[Path | None, typer.Option(help="Write what the hub states into such a folder.")] = None,
    dates: Annotated[str, typer.Option(help="The form of days in CSV, such as DD/MM/YYYY.")] = "",
    encoding: Annotated[
        str, typer.Option(help="Of CSV: utf-8, utf-16 or cp1252; else it is found out.")
    ] = "",
    mapping: Annotated[str, typer.Option(help="Of CSV: a JSON object of fields and headers.")] = "{}",
    report: Annotated[
        Path | None, typer.Option(help="File for refused lines, number and code (CSV).")
    ] = None,
) -> None:
    """Part a national file by region, each part sealed to its region's key. Ends with 1 where lines went nowhere.

    Nothing of a line is sent to the hub, written unsealed, or repeated in the report.
    """
    if kind not in SPLIT_KINDS:
        raise typer.BadParameter(f"One of {', '.join(SPLIT_KINDS)}.", param_hint="--kind")
    if (posts is not None) != (kind in ("people", "leavers")):
        raise FederationError("People and leavers need --posts FILE, and nothing else does.")
    if bool(hub) == (regions is not None):
        raise FederationError("Say either --hub URL or --regions FOLDER.")
    form = (_columns(mapping), dates or None, encoding or None)
    for folder in filter(None, (into, keep)):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    asked = _Asked(file, next(each for each in SPLIT_KINDS if each == kind), into, posts, form)
    refused = asyncio.run(_split(asked, hub.rstrip("/"), regions, keep, report))
    raise SystemExit(1 if refused else 0)


class _Asked(NamedTuple):
    """What is to be parted, and how CSV is written: columns, form of days, encoding."""

    file: Path
    kind: SplitKind
    into: Path
    posts: Path | None
    form: tuple[dict[str, str | None], str | None, str | None]


async def _split(asked: _Asked, hub: str, folder: Path | None, keep: Path | None, report: Path | None) -> int:
    """Do it; returns how many lines went nowhere."""
    from deploy.list_files import owning_regions
    from deploy.list_files.splitting import Posts, Splitter

    if folder is not None:
        known = owning_regions.stored(folder)
    else:
        known = await owning_regions.ask(hub, os.environ.get("STEWARD_TOKEN", ""))
    if keep is not None:
        await owning_regions.store(keep, known)
    owners = owning_regions.Owners(known)
    where = Posts(owners) if asked.posts is not None else None
    if where is not None and asked.posts is not None:
        async for _, lines in _lines(asked.posts, "posts", ({}, *asked.form[1:]), _ignore):
            for line in lines:
                where.note(line)
    with _Refusals(report) as refusals:
        splitter = Splitter(asked.kind, owners, where, refusals.note)
        async for first, lines in _lines(asked.file, asked.kind, asked.form, splitter.reject):
            splitter.take(first, lines)
    await _write(asked, owners, splitter)
    return splitter.refused.total()


class _Refusals:
    """Refused lines: the first ones printed, all of them in the report where one is wanted."""

    def __init__(self, report: Path | None) -> None:
        self._path, self._count = report, 0
        self._file: IO[str] | None = None

    def __enter__(self) -> "_Refusals":
        if self._path is not None:
            self._file = self._path.open("w", newline="", encoding="utf-8")
            csv.writer(self._file).writerow(("line", "code"))
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            self._file.close()
        if self._count > LISTED:
            typer.echo(f"... {self._count - LISTED} more: --report FILE has them.")

    def note(self, refused: Any) -> None:
        """One line, by number and code alone."""
        self._count += 1
        if self._count <= LISTED:
            typer.echo(f"line {refused.line}: {refused.code}")
        if self._file is not None:
            csv.writer(self._file).writerow(refused)


def _ignore(line: int, code: str) -> None:
    """A line of the file of posts that cannot be read places nobody."""


async def _write(asked: _Asked, owners: Any, splitter: Any) -> None:
    from deploy.federation.store import files
    from deploy.list_files.sealed_list import Head, seal

    split_id = str(uuid4())
    for place, lines, packed in splitter.parts():
        region = owners.regions[place]
        head = Head("steward-list-1", region.region, asked.kind, lines, split_id)
        path = asked.into / f"{region.region}-{asked.kind}{SUFFIX}"
        await asyncio.to_thread(files.give, path, seal(head, packed, region.sealing_key))
        typer.echo(f"{path}: {lines} lines, sealed to {region.sealing_key}")
    typer.echo(f"{splitter.read} lines read, {splitter.refused.total()} went nowhere, split {split_id}")
    if splitter.in_several:
        typer.echo(f"{splitter.in_several} are in the lists of several regions, where they have posts")


async def _lines(path: Path, kind: str, form: tuple[Any, ...], refuse: Any) -> AsyncIterator[Any]:
    """Lines of a file by the reader of imports. Raises FederationError for a file that it cannot read."""
    from shared.errors import Problem

    reader, table = import_module(_READER), _is_csv(path)
    pieces = _pieces(path)
    lines = reader.lines_of_csv(pieces, kind, *form, refuse) if table else reader.lines_of_ndjson(pieces)
    try:
        async for first, found in lines:
            yield first, found
    except Problem as error:
        raise FederationError(f"{path.name}: {error.code}: {error.detail}") from None
    except (OSError, EOFError) as error:
        raise FederationError(f"{path.name} cannot be read: {type(error).__name__}.") from None


async def _pieces(path: Path) -> AsyncIterator[bytes]:
    opened: Any = gzip.open if path.suffix.lower() == ".gz" else Path.open
    with opened(path, "rb") as file:
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece


def _is_csv(path: Path) -> bool:
    suffix = (Path(path.stem).suffix if path.suffix.lower() == ".gz" else path.suffix).lower()
    if suffix not in _SUFFIXES:
        raise FederationError(f"{path.name} is neither CSV nor NDJSON by its name.")
    return _SUFFIXES[suffix]


def _columns(mapping: str) -> dict[str, str | None]:
    try:
        found = json.loads(mapping)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(
        value is None or isinstance(value, str) for value in found.values()
    ):
        raise FederationError("Say the columns as a JSON object of fields and headers.")
    return found
