"""Lines that would make somebody else of a person are held: nothing of them is stored until somebody decides."""

import csv
import io

import pytest

from services.registry.matching.score import Record, contradicts
from tests.registry.builders import hired, person, source_client
from tests.registry.imports.full_lists import full, load, staffed
from tests.registry.imports.test_csv_files import named

KNOWN = Record("", "Kamara", "Aminata", "female", 1984, "Nurse", "+232 76 100 200")
OTHER = {"family_name": "Thollie", "given_name": "Joseph", "sex": "male", "birth_year": 1961}


@pytest.mark.parametrize(
    ("changed", "doubtful"),
    [
        (OTHER, True),
        (OTHER | {"sex": "female"}, True),
        (OTHER | {"birth_year": 1984, "sex": "female"}, False),
        (OTHER | {"birth_year": None, "phone": None}, False),
        ({"family_name": "Conteh"}, False),
        ({"family_name": "Conteh", "birth_year": 1948, "cadre": "Midwife"}, False),
        ({"birth_year": 1948, "sex": "male"}, False),
        ({"family_name": "Aminata", "given_name": "Kamara", "birth_year": 1961}, False),
    ],
)
def test_what_makes_somebody_else_of_a_person(changed, doubtful):
    """A marriage, a correction, names the other way round: the same person. Another name and year: not."""
    assert contradicts(KNOWN, KNOWN._replace(**changed)) == doubtful


async def test_a_number_that_was_given_away_again_does_not_change_its_person(registry):
    about = person(external_id="0815", phone="+232 76 100 200")
    person_id, _ = await hired(registry, "E1A", about)
    line = {"external_id": "0815", **OTHER}
    dry = (await load(registry, [line], dry_run="true")).json
    assert (dry["held"], dry["rejected"]) == (1, [])
    report = (await load(registry, [line, person()], digest=dry["digest"])).code
    assert report == "dry-run-outdated", "another list"
    report = (await load(registry, [line, person()])).json
    assert [report[name] for name in ("received", "created", "updated", "held", "rejected_count")] == [
        2,
        1,
        0,
        1,
        0,
    ]
    (held,) = report["held_lines"]
    assert (held["line"], held["code"], held["pointer"]) == (1, "identity-doubtful", "/external_id")
    assert not any(str(value) in held["detail"] for value in (*OTHER.values(), "Kamara", "1984"))
    table = await registry.get(f"/v1/imports/{report['import_id']}/report", headers={"Accept": "text/csv"})
    rows = list(csv.reader(io.StringIO(table.body.decode())))
    assert ["held", "1"] in rows
    assert ["1", "external_id", "identity-doubtful"] in [row[:3] for row in rows]
    assert (await named(registry, "0815"))["family_name"] == "Kamara"
    changed = await registry.patch(f"/v1/people/{person_id}", json=OTHER, if_match="*")
    assert changed.status == 200, "somebody says that it is the same person"
    assert (await load(registry, [line])).json["updated"] == 1, "the phone goes"


async def test_a_number_taken_off_its_former_holder_is_a_new_persons(registry, token):
    client = await source_client(registry, token, "held-again")
    (known,) = await staffed(client, "again", 1)
    line = {"external_id": known["external_id"], **OTHER}
    assert (await load(client, [line])).json["held"] == 1
    stored = await named(client, known["external_id"])
    at = f"/v1/people/{stored['person_id']}/identifiers/held-again"
    assert (await client.delete(at, headers={"If-Match": "*"})).status in (200, 204)
    assert (await load(client, [line])).json["created"] == 1
    assert (await named(client, known["external_id"]))["person_id"] != stored["person_id"]


async def test_who_comes_under_a_new_number_is_the_same_person_whatever_else_is_said(registry, token):
    client = await source_client(registry, token, "held-renumbered")
    (known,) = await staffed(client, "renumbered", 1)
    line = {"external_id": "re-1", "former_external_id": known["external_id"], **OTHER}
    assert (await load(client, [line])).json["held"] == 0
    assert (await named(client, "re-1"))["family_name"] == "Thollie"


async def test_of_a_full_list_a_held_line_names_its_person_and_lets_others_wait(registry, token):
    client = await source_client(registry, token, "held-full", units=("SL-E",))
    lines = await staffed(client, "held-full", 3)
    report = (await full(client, [lines[0], lines[1] | OTHER])).json
    assert (report["held"], report["absent_count"], report["deactivated"]) == (1, 1, 0)
    found = (await client.get(f"/v1/imports/{report['import_id']}")).json
    assert (found["absence"], found["held"]) == ("waiting", 1)
