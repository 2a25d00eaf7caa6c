"""Facility lists in NDJSON: what a list in CSV says, said a line at a time."""

import io

import msgspec
import pytest

from services.registry.imports.commands.facilities.lines import read_lines
from services.registry.imports.commands.facilities.list_reading import read_rows
from services.registry.imports.commands.facilities.report import FacilityReport
from tests.registry.builders import facilities, load_list, source_client

LINES = {"Content-Type": "application/x-ndjson"}
COUNTS = ("received", "created", "updated", "unchanged", "held", "rejected_count")
SEAT = {"region": "SL-E", "type": "Clinic"}


async def load(client, *lines, expected=200, **params):
    body = b"\n".join(line if isinstance(line, bytes) else msgspec.json.encode(line) for line in lines)
    answer = await client.post("/v1/imports/facilities", data=io.BytesIO(body), headers=LINES, params=params)
    assert answer.status == expected, answer.json
    return answer.json


def counts(report):
    return [report[name] for name in COUNTS]


def test_lines_and_rows_are_read_alike():
    rows = [
        {"name": "Hill", "latitude": 8.25, "longitude": -11.00001, "rural": True, "region": "North"},
        {"name": "#REF!", "region": "North"},
        {"name": "Half", "latitude": 8.5},
        {"name": "Pole", "latitude": 95.0, "longitude": 1e-7},
        {"name": " ", "code": "X"},
        {"name": "Shut", "status": "closed", "district": "D"},
    ]
    fields = ("name", "code", "latitude", "longitude", "rural", "region", "district", "status")
    shown = {True: "yes", None: "", 1e-7: "0.0000001"}
    table = [",".join(str(shown.get(row.get(name), row.get(name))) for name in fields) for row in rows]
    by_row, by_line = FacilityReport(), FacilityReport()
    text = "\n".join([",".join(fields), *table])
    found = read_rows(text.encode(), by_row, {})
    lines = b"\n" + b"\n".join(msgspec.json.encode(row) for row in rows)  # so that the numbers are the same
    assert read_lines(lines, by_line, identified=False) == found
    assert (by_line.received, by_line.rejected) == (by_row.received, by_row.rejected)
    assert [each.code for each in by_row.rejected] == [
        "formula-error", "position-half", "position-wrong", "name-missing",
    ]  # fmt: skip
    assert by_line.columns.keys() == by_row.columns.keys()


async def test_one_list_in_both_forms_is_one_list(registry):
    names = [f"Line Clinic {number}" for number in range(4)]
    lines = [SEAT | {"name": name, "latitude": 8.1, "longitude": -11.5} for name in names[:3]]
    assert counts(await load(registry, *lines)) == [3, 3, 0, 0, 0, 0]
    rows = "".join(f"SL-E,{name},Clinic,8.1,-11.5\n" for name in names)
    report = await load_list(registry, "region,name,type,latitude,longitude\n" + rows)
    assert counts(report) == [4, 1, 0, 3, 0, 0]
    moved = SEAT | {"name": names[0], "latitude": 8.2, "longitude": -11.5}
    assert counts(await load(registry, moved, *lines[1:], b"{", b"[]")) == [5, 0, 1, 2, 0, 2]


async def test_a_field_that_no_line_has_leaves_what_is_stored(registry):
    line = SEAT | {"code": "LINE-1", "name": "Kept Clinic", "ownership": "MoH", "rural": True}
    await load(registry, line)
    report = await load(registry, SEAT | {"code": "LINE-1", "name": "Kept Clinic"})
    assert report["unchanged"] == 1
    await load(registry, {key: value for key, value in line.items() if key != "rural"} | {"ownership": None})
    stored = (await facilities(registry))["LINE-1"]
    assert (stored["ownership"], stored["rural"]) == (None, True)


async def test_external_ids_of_lines_are_of_the_system_that_is_said(registry, token):
    client = await source_client(registry, token, "lines-mfl")
    line = SEAT | {"name": "Identified Clinic", "external_id": "MFL-1"}
    unsaid = await load(client, line)
    assert [(each["code"], each["pointer"]) for each in unsaid["rejected"]] == [
        ("source-system-required", "/external_id")
    ]
    assert counts(await load(client, line, system="lines-mfl")) == [1, 1, 0, 0, 0, 0]
    renamed = line | {"name": "Identified Health Post"}
    assert counts(await load(client, renamed, system="lines-mfl")) == [1, 0, 1, 0, 0, 0]


@pytest.mark.parametrize("wrong", [{"latitude": "8.1"}, {"rural": "yes"}, {"name": 1}, {"beds": 3}])
async def test_a_line_of_another_shape_is_rejected_at_its_field(registry, wrong):
    report = await load(registry, SEAT | {"name": "Shape Clinic"} | wrong, dry_run="true")
    assert [(each["code"], each["pointer"]) for each in report["rejected"]] == [
        ("field-wrong", f"/{next(iter(wrong))}")
    ]


async def test_a_line_is_no_longer_than_lines_are(registry):
    refused = await load(registry, SEAT | {"name": "x" * 70_000}, expected=413)
    assert refused["code"] == "line-too-long"
