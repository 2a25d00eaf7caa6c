"""Imports as resources: dry runs, what applies them, progress, and who may look."""

import csv
import io
from uuid import uuid4

import msgspec
import pytest

from services.registry.imports.report_csv import FORMULA, as_csv
from shared import clock
from tests.registry.builders import CSV, hired, person, source_client

NDJSON = {"Content-Type": "application/x-ndjson"}


async def load(client, *lines, kind="people", **params):
    body = b"\n".join(line if isinstance(line, bytes) else msgspec.json.encode(line) for line in lines)
    return await client.post(f"/v1/imports/{kind}", data=body, headers=NDJSON, params=params)


def counts(report):
    return [
        report[name] for name in ("received", "created", "updated", "unchanged", "held", "rejected_count")
    ]


async def people_named(client, *lines):
    found = [await client.get("/v1/people", params={"external_id": line["external_id"]}) for line in lines]
    return [item for answer in found for item in answer.json["items"]]


async def test_a_dry_run_stores_nothing_and_is_applied_by_its_digest(registry):
    known, new = person(), person()
    await load(registry, known)
    changed = {**known, "cadre": "Midwife"}
    dry = await load(registry, changed, new, b"{", dry_run="true")
    assert counts(dry.json) == [3, 1, 1, 0, 0, 1]
    assert [each["cadre"] for each in await people_named(registry, known, new)] == ["Nurse"]
    again = await load(registry, changed, new, b"{", dry_run="true")
    assert again.json["digest"] == dry.json["digest"]
    applied = await load(registry, changed, new, b"{", digest=dry.json["digest"])
    assert (applied.status, applied.json["digest"]) == (200, dry.json["digest"])
    assert counts(applied.json) == counts(dry.json)
    assert [each["cadre"] for each in await people_named(registry, known, new)] == ["Midwife", "Nurse"]
    late = await load(registry, changed, new, b"{", digest=dry.json["digest"])
    assert (late.status, late.code) == (409, "dry-run-outdated"), "it is done already"


async def test_a_dry_run_is_refused_once_somebody_it_changes_has_changed(registry):
    known = person()
    await load(registry, known)
    line = {**known, "cadre": "Midwife"}
    dry = await load(registry, line, dry_run="true")
    (stored,) = await people_named(registry, known)
    at = f"/v1/people/{stored['person_id']}"
    assert (await registry.patch(at, json={"phone": "+232 76 000 001"}, if_match='"1"')).status == 200
    refused = await load(registry, line, digest=dry.json["digest"])
    assert (refused.status, refused.code) == (409, "dry-run-outdated")
    assert (await registry.get(at)).json["cadre"] == "Nurse"
    other = await load(registry, {**line, "cadre": "Doctor"}, digest=dry.json["digest"])
    assert other.code == "dry-run-outdated", "another list"


@pytest.mark.parametrize("kind", ["posts", "leavers", "facilities", "staffing-minimums"])
async def test_every_kind_of_list_has_dry_runs(registry, kind):
    about = person()
    person_id, _ = await hired(registry, "E1A", about)
    post = {"external_id": f"dry-{kind}", "person_id": person_id, "unit_code": "E1B"}
    lines = {
        "posts": post | {"role_code": "ward-manager", "valid_from": "2024-01-01"},
        "leavers": {"external_id": about["external_id"], "on": clock.today().isoformat()},
        "staffing-minimums": {"unit_code": "E1A", "cadre": kind, "staff": 3, "valid_from": "2026-01-01"},
    }

    async def ask(**params):
        if kind == "facilities":
            text = "Admin1,Facility name,Facility type,Ownership,Lat,Long\nSL-E,Dry Clinic,Clinic,MoH,8.1,-11.1\n"
            at, kwargs = "/v1/imports/facilities", {"data": text.encode(), "headers": CSV, "params": params}
            return await registry.post(at, **kwargs)
        return await load(registry, lines[kind], kind=kind, **params)

    dry = await ask(dry_run="true")
    assert dry.json["created"] + dry.json["updated"] == 1, dry.json
    applied = await ask(digest=dry.json["digest"])
    assert (applied.status, counts(applied.json)) == (200, counts(dry.json))
    refused = await ask(digest=dry.json["digest"])
    assert (refused.status, refused.code) == (409, "dry-run-outdated")
    both = await ask(digest=dry.json["digest"], dry_run="true")
    assert (both.status, both.code) == (422, "digest-of-nothing")


async def test_an_import_is_listed_with_what_it_did(registry):
    import_id = str(uuid4())
    report = (await load(registry, person(), b"[]", import_id=import_id)).json
    assert report["import_id"] == import_id
    found = (await registry.get(f"/v1/imports/{import_id}")).json
    assert (found["state"], found["kind"], found["system"]) == ("done", "people", "local")
    assert counts(found) == counts(report) == [2, 1, 0, 0, 0, 1]
    assert (await registry.get(f"/v1/imports/{import_id}/report")).json == report
    twice = await load(registry, person(), import_id=import_id)
    assert (twice.status, twice.code) == (409, "import-exists")
    listed = (await registry.get("/v1/imports?limit=200")).json["items"]
    assert import_id in [each["import_id"] for each in listed]


async def test_a_refused_import_says_why(registry):
    import_id = str(uuid4())
    refused = await load(registry, person(), b"x" * 70_000, import_id=import_id)
    assert refused.code == "line-too-long"
    found = (await registry.get(f"/v1/imports/{import_id}")).json
    assert (found["state"], found["problem"]) == ("refused", "line-too-long")
    report = await registry.get(f"/v1/imports/{import_id}/report")
    assert (report.status, report.code) == (409, "import-without-report")


async def test_an_import_is_shown_to_its_own_system_and_units_alone(registry, token):
    import_id = (await load(registry, person())).json["import_id"]
    same = await source_client(registry, token, "rotated", "local")
    assert (await same.get(f"/v1/imports/{import_id}")).status == 200
    fewer = registry.using(token("hris", units=("SL-E",)))
    another = await source_client(registry, token, "elsewhere")
    for client in (fewer, another):
        for path in ("", "/report", "/absent"):
            answer = await client.get(f"/v1/imports/{import_id}{path}")
            assert (answer.status, answer.code) == (404, "import-unknown"), path
        assert import_id not in (await client.get("/v1/imports?limit=200")).body.decode()


async def test_a_dry_run_tells_nothing_of_people_elsewhere(registry, token):
    """Whatever becomes of somebody of another region, a digest of a list that names them stays the same."""
    about = person()
    person_id, _ = await hired(registry, "E1A", about)
    north = registry.using(token("hris", units=("SL-N",)))
    first = (await load(north, {**about, "cadre": "Other"}, dry_run="true")).json
    assert [each["code"] for each in first["rejected"]] == ["person-out-of-scope"]
    at = f"/v1/people/{person_id}"
    assert (await registry.patch(at, json={"cadre": "Midwife"}, if_match="*")).status == 200
    assert (await load(north, {**about, "cadre": "Other"}, dry_run="true")).json["digest"] == first["digest"]


async def test_a_line_with_a_field_that_no_text_can_be_is_rejected_alone(registry):
    about = person()
    report = (await load(registry, about, b'{"a\\u0000b": 1, "external_id": "x"}')).json
    assert report["created"] == 1
    assert [(each["line"], each["pointer"]) for each in report["rejected"]] == [(2, "/a\ufffdb")]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("header", ["=1", " @1", "Name;=1", "Name; +1", "a\n-1", "a\t＝1", 'a|"=1', ";;=1"])
def test_no_header_begins_a_formula_however_the_table_is_cut(header, delimiter):
    wrong = {"line": 2, "pointer": "/sex", "code": "field-wrong", "detail": "Not known."}
    table = as_csv({"rejected": [wrong], "columns": {"sex": header}})
    cells = [cell for row in csv.reader(io.StringIO(table), delimiter=delimiter) for cell in row]
    assert not [cell for cell in cells if cell.lstrip(' "').startswith(FORMULA)]


async def test_the_report_as_a_table_holds_no_formula(registry):
    report = await load(registry, b'{"=cmd|1": 1, "external_id": "x"}', b'{"external_id": 1}')
    at = f"/v1/imports/{report.json['import_id']}/report"
    table = await registry.get(at, headers={"Accept": "text/csv"})
    assert table.headers["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.reader(io.StringIO(table.body.decode())))
    assert rows[0] == ["read", "2"]
    assert ["line", "column", "code", "what to do"] in rows
    assert [row[:3] for row in rows[-2:]] == [
        ["1", "'=cmd|1", "field-wrong"],
        ["2", "external_id", "field-wrong"],
    ]
