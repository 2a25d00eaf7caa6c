"""`steward import` against a running registry: files by their names, progress, the report as a table."""

import asyncio
import gzip

import aiohttp
import orjson
import pytest
from typer.testing import CliRunner

from deploy import cli
from deploy.list_files.sending import FileRefused, ListFile, send, table
from tests.registry.builders import person


@pytest.fixture
def signed_in(registry):
    """An HTTP session with the token of the whole country."""
    return lambda: aiohttp.ClientSession(headers={"Authorization": f"Bearer {registry.token}"})


async def test_a_file_is_sent_with_its_progress(registry, signed_in, tmp_path):
    file = tmp_path / "staff.csv.gz"
    rows = "".join(f"sent-{number},Kamara\n" for number in range(50))
    file.write_bytes(gzip.compress(f"Staff number,Surname\n{rows}=1+1,Formula\n".encode()))
    seen = []
    async with signed_in() as http:
        sent = ListFile(file, "people", {"dry_run": "true"})
        report = await send(http, registry.url, sent, lambda *progress: seen.append(progress))
        assert (report["received"], report["created"]) == (51, 51)
        assert ("sent", file.stat().st_size) in seen
        shown = (await table(http, registry.url, report["import_id"])).decode().splitlines()
        assert shown[:2] == ["read,51", "created,51"]


async def test_a_file_that_is_refused_says_why(registry, signed_in, tmp_path):
    file = tmp_path / "staff.csv"
    file.write_text("Shoe,Size\n1,2\n")
    async with signed_in() as http:
        with pytest.raises(FileRefused, match="column-missing"):
            await send(http, registry.url, ListFile(file, "people", {}), lambda *_: None)
        with pytest.raises(FileRefused, match="neither CSV nor NDJSON"):
            await send(http, registry.url, ListFile(tmp_path / "staff.xlsx", "people", {}), lambda *_: None)


async def test_the_command_prints_counts_and_ends_by_them(registry, tmp_path, monkeypatch):
    monkeypatch.setenv("STEWARD_TOKEN", registry.token)
    file = tmp_path / "people.ndjson"
    file.write_bytes(orjson.dumps(person(external_id="by-command")) + b"\n{\n")
    table_file = tmp_path / "report.csv"
    asked = ["import", str(file), "--kind", "people", "--into", registry.url, "--report", str(table_file)]
    result = await asyncio.to_thread(CliRunner().invoke, cli.app, asked)
    assert result.exit_code == 1, result.output
    assert "created 1" in result.output
    assert "line 2  json-invalid" in result.output
    assert table_file.read_text().startswith("read,2")
    missing = [*asked[:3], "shoes", *asked[4:]]
    assert (await asyncio.to_thread(CliRunner().invoke, cli.app, missing)).exit_code == 2
