"""Broken CSV and NDJSON against every upload: refused or reported, never an error of ours, and counts add up."""

import io
import random
from collections import Counter

import msgspec
import pytest
import pytest_asyncio

from tests.registry.builders import source_client
from tests.registry.imports.full_lists import full, posts_of, staffed

KINDS = ("people", "posts", "leavers", "facilities", "established-posts", "post-norms", "staffing-minimums")
CORPUS = {
    "empty": b"",
    "blank": b"\n\r\n \n",
    "nul": b"\x00\x00\x00",
    "nul in a name": b'{"external_id": "n", "family_name": "K\\u0000"}\nMatricule,Nom\nn,K\x00\n',
    "lone surrogate": b'{"external_id": "s", "family_name": "\\ud800"}',
    "lone surrogate in bytes": b"Matricule,Nom\ns,\xed\xa0\x80\n",
    "utf-16 cut in two": "Matricule,Nom\n1,é\n".encode("utf-16")[:-1],
    "not utf-8": b"Matricule,Nom\n1,\xff\xfe\xfd\n\x81\x8d,\x90\n",
    "a line of 10 MB": b"Matricule,Nom\n1," + b"x" * 10_000_000,
    "a quote of 10 MB": b'Matricule,Nom\n1,"' + (b"x" * 999 + b"\n") * 10_000,
    "quotes": b"Matricule,Nom\n" + b'1,"a"b"\n"' * 400,
    "nested": b"[" * 50_000 + b"\n" + b'{"a":' * 10_000,
    "formulas": b"Matricule,Nom\n=cmd|' /C calc'!A0,@SUM(1)\n",
    "many columns": b"Matricule,Nom" + b"," * 5000 + b"\n1,2\n",
    "wrong kind": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20,
}  # fmt: skip


def counted(report):
    return sum(report[name] for name in ("created", "updated", "unchanged", "held", "rejected_count"))


@pytest.mark.parametrize("case", CORPUS)
async def test_no_broken_file_breaks_a_door(registry, token, case):
    both = registry.using(token("hris", "programme-manager", units=("SL",), subject="hris"))
    for kind in KINDS:
        for media in ("text/csv", "application/x-ndjson"):
            at, headers = f"/v1/imports/{kind}?dry_run=true", {"Content-Type": media}
            answer = await both.post(at, data=io.BytesIO(CORPUS[case]), headers=headers)
            assert answer.status in (200, 413, 422), (kind, media, answer.body[:300])
            if answer.status == 200:
                assert counted(answer.json) == answer.json["received"], (kind, media)


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def recorded(registry, token):
    """A system that has a person, a post and a facility."""
    client = await source_client(registry, token, "broken-files")
    people = await staffed(client, "broken", 1)
    facility = {"code": "BROKEN-1", "name": "Broken", "region": "SL-E", "external_id": "broken-1"}
    lists = {"people": people, "posts": posts_of(people), "facilities": [facility]}
    assert (await full(client, lists["facilities"], "facilities")).json["created"] == 1
    return client, lists


@pytest.mark.parametrize(
    "case", [name for name in CORPUS if "10 MB" not in name]
)  # those are never read whole
async def test_no_broken_file_deactivates_anything(recorded, case):
    """Though it has as many lines as its sender says: whatever can be read of it is of something else."""
    client, lists = recorded
    for kind in lists:
        for media in ("text/csv", "application/x-ndjson"):
            at, headers = f"/v1/imports/{kind}", {"Content-Type": media}
            dry = await client.post(
                at, data=io.BytesIO(CORPUS[case]), headers=headers, params={"dry_run": "true"}
            )
            lines = str(dry.json["received"]) if dry.status == 200 else "1"
            asked = {"full": "true", "lines": lines}
            answer = await client.post(at, data=io.BytesIO(CORPUS[case]), headers=headers, params=asked)
            assert answer.status in (413, 422), (kind, media, answer.body[:300])


async def test_after_all_broken_files_everything_is_there_still(recorded):
    client, lists = recorded
    for kind, lines in lists.items():
        report = (await full(client, lines, kind)).json
        assert (report["unchanged"], report["absent_count"]) == (1, 0), kind


def outcome(stored, line):
    """What becomes of a line of people where `stored` has what is known of each, which the line then is."""
    known = stored.get(line["external_id"])
    if line["sex"] not in ("female", "male"):
        return "rejected_count"
    if known is not None and known["family_name"] != line["family_name"]:
        return "held"  # the two families of the test are two people
    stored[line["external_id"]] = line
    return "created" if known is None else "unchanged" if known == line else "updated"


FAMILIES = [
    {"family_name": "Kamara", "given_name": "Aminata", "sex": "female", "birth_year": 1984},
    {"family_name": "Thollie", "given_name": "Joseph", "sex": "male", "birth_year": 1961},
]


async def test_every_line_is_created_updated_unchanged_held_or_rejected(registry):
    """Lists of good, changed, repeated, doubtful and broken lines, as JSON and as CSV, over and over."""
    chance = random.Random(14)
    headers = "external_id,family_name,given_name,sex,birth_year,cadre\n"
    stored, seen = {}, Counter()
    for _ in range(12):
        expected, rows = Counter(), []
        for number in chance.sample(range(25), chance.randrange(25)):
            about = chance.choices(FAMILIES, [4, 1])[0] | {"cadre": chance.choice(["Nurse", "Midwife"])}
            wrong = {"sex": "often"} if chance.random() < 0.2 else {}
            rows.append({"external_id": f"sum-{number}"} | about | wrong)
            expected[outcome(stored, rows[-1])] += 1
        lines = [msgspec.json.encode(row) for row in rows]
        cells = [",".join(str(value) for value in row.values()) for row in rows]
        for place in range(len(rows), 0, -7):
            broken = chance.choice([(b"{", 'x,"'), (b"", ""), (b"[1]", "1,2,3,4,5,6,7,8")])
            expected["rejected_count"] += broken != (b"", "")
            lines.insert(place, broken[0])
            cells.insert(place, broken[1])
        body, media = chance.choice(
            [(b"\n".join(lines), "application/x-ndjson"), ((headers + "\n".join(cells)).encode(), "text/csv")]
        )
        answer = await registry.post("/v1/imports/people", data=body, headers={"Content-Type": media})
        assert answer.status == 200, answer.json
        report = answer.json
        assert {name: report[name] for name in expected} == dict(expected)
        assert counted(report) == report["received"] == expected.total()
        assert len(report["held_lines"]) == report["held"]
        found = (await registry.get(f"/v1/imports/{report['import_id']}")).json
        assert [found[name] for name in expected] == [report[name] for name in expected]
        seen += expected
    assert set(seen) == {"created", "updated", "unchanged", "held", "rejected_count"}
