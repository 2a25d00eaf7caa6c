"""Lines known by their digest: what makes a person's line be read again, and that it is not read otherwise."""

import asyncpg
import msgspec
import pytest

from services.registry.imports.commands.people.classify import Sorter
from shared.events.envelope import decoder
from shared.events.registry import PeopleChanged
from tests.registry.builders import made, person, source_client
from tests.registry.imports.test_people import counts, load


@pytest.fixture
def read(monkeypatch):
    """External ids of the lines that were read in full."""
    seen = []
    sort = Sorter._batch

    def noting(self, new, others):
        seen.extend([line.external_id for line, _ in new] + [row[1] for row in others])
        return sort(self, new, others)

    monkeypatch.setattr(Sorter, "_batch", noting)
    return seen


async def found(client, external_id):
    return (await client.get(f"/v1/people?external_id={external_id}")).json["items"][0]


async def change(client, person_id, **values):
    one = await client.get(f"/v1/people/{person_id}")
    answer = await client.patch(
        f"/v1/people/{person_id}", json=values, headers={"If-Match": one.headers["etag"]}
    )
    assert answer.status == 200, answer.json


async def test_the_line_taken_last_is_not_read_again(registry, read):
    about = person()
    await load(registry, about)
    read.clear()
    assert (await load(registry, about))["unchanged"] == 1
    assert read == []


async def test_a_line_worded_otherwise_is_unchanged_and_known_from_then_on(registry, read):
    about = person()
    await load(registry, about)
    worded = msgspec.json.format(msgspec.json.encode(about), indent=0).replace(b",", b" , ")
    read.clear()
    assert (await load(registry, worded))["unchanged"] == 1
    assert read == [about["external_id"]]
    read.clear()
    assert (await load(registry, worded))["unchanged"] == 1
    assert read == []
    assert (await found(registry, about["external_id"]))["version"] == 1


async def test_a_line_that_changes_back_is_written_again(registry):
    about = person()
    await load(registry, about)
    await load(registry, {**about, "cadre": "Midwife"})
    assert (await load(registry, about))["updated"] == 1
    assert (await found(registry, about["external_id"]))["version"] == 3


@pytest.mark.parametrize("change_of", [{"cadre": "Midwife"}, {"subjects": []}])
async def test_a_person_changed_by_hand_is_brought_back(registry, issuer, change_of):
    about = person()
    about["subjects"] = [{"iss": issuer.name, "sub": f"known-{about['external_id']}"}]
    await load(registry, about)
    await change(registry, (await found(registry, about["external_id"]))["person_id"], **change_of)
    assert (await load(registry, about))["updated"] == 1
    assert (await load(registry, about))["unchanged"] == 1


async def test_a_person_who_left_stays_gone(registry, read):
    about = person()
    await load(registry, about)
    one = await registry.get(f"/v1/people/{(await found(registry, about['external_id']))['person_id']}")
    gone = await registry.delete(
        f"/v1/people/{one.json['person_id']}?on=2020-01-01", headers={"If-Match": one.headers["etag"]}
    )
    assert gone.status == 200, gone.json
    read.clear()
    assert (await load(registry, about))["unchanged"] == 1
    assert read == [about["external_id"]]


async def test_another_systems_line_of_the_same_words_is_its_own(registry, token):
    about = person()
    await load(registry, about)
    other = await source_client(registry, token, "other-known")
    assert (await load(other, about))["created"] == 1
    assert (await load(other, {**about, "cadre": "Midwife"}))["updated"] == 1
    assert (await load(registry, about))["unchanged"] == 1
    assert (await found(registry, about["external_id"]))["cadre"] == "Nurse"


async def test_a_known_line_is_refused_to_a_caller_without_the_person(registry, token):
    about = person()
    await load(registry, about)
    one = await found(registry, about["external_id"])
    await made(
        registry,
        "/v1/posts",
        {
            "person_id": one["person_id"],
            "unit_code": "E1A",
            "role_code": "ward-manager",
            "valid_from": "2025-01-01",
        },
    )
    north = registry.using(token("hris", units=("SL-N",)))
    assert [each["code"] for each in (await load(north, about))["rejected"]] == ["person-out-of-scope"]
    east = registry.using(token("hris", units=("SL-E",)))
    assert (await load(east, about))["unchanged"] == 1


async def test_repeats_are_found_among_known_and_new_lines(registry):
    known, new = person(), person()
    await load(registry, known)
    lines = [known, {**known, "cadre": "Midwife"}, known, new, new, {**known, "sex": "often"}]
    report = await load(registry, *lines)
    assert counts(report) == {"received": 6, "created": 1, "updated": 0, "unchanged": 1, "rejected_count": 4}
    assert [(each["line"], each["code"]) for each in report["rejected"]] == [
        (2, "external-id-repeated"),
        (3, "external-id-repeated"),
        (5, "external-id-repeated"),
        (6, "field-wrong"),
    ]


async def test_many_batches_of_every_kind_are_counted_and_published_once(
    registry, service_database, token, issuer
):
    """Lines enough for several batches, so that writing and looking up run behind the reading."""
    client = await source_client(registry, token, "batches")
    lines = [person(external_id=f"b-{number}", family_name="K" * 150) for number in range(4000)]
    assert (await load(client, *lines))["created"] == 4000
    for number in range(0, 4000, 10):
        lines[number] |= {"cadre": "Midwife"}
    for number in range(5, 4000, 100):
        lines[number] |= {"subjects": [{"iss": issuer.name, "sub": f"b-{number}"}]}
    lines += [person(external_id=f"b-{number}") for number in range(4000, 6000)]
    lines.insert(2000, b"")
    lines.insert(3000, b"nonsense")
    report = await load(client, *lines)
    assert counts(report) == {
        "received": 6001, "created": 2000, "updated": 440, "unchanged": 3560, "rejected_count": 1,
    }  # fmt: skip
    assert [each["line"] for each in report["rejected"]] == [3001]
    connection = await asyncpg.connect(service_database("registry"))
    try:
        rows = await connection.fetch("select payload from outbox where aggregate_id = 'people' order by id")
        stored = await connection.fetch("select person_id, version from person where external_id like 'b-%'")
    finally:
        await connection.close()
    versions = {}
    for row in rows:
        for item in decoder(PeopleChanged).decode(row[0]).data.items:
            assert item.version > versions.get(item.person_id, 0)
            versions[item.person_id] = item.version
    assert {str(row[0]): row[1] for row in stored}.items() <= versions.items()
    assert (
        counts(await load(client, *[line for line in lines if isinstance(line, dict)]))["unchanged"] == 6000
    )


async def test_a_load_that_fails_on_the_way_leaves_nothing(registry, token):
    client = await source_client(registry, token, "fails")
    lines = [msgspec.json.encode(person(external_id=f"f-{number}")) for number in range(3000)]
    answer = await client.post(
        "/v1/imports/people",
        data=b"\n".join([*lines, b"x" * 70_000, *lines]),
        headers={"Content-Type": "application/x-ndjson"},
    )
    assert (answer.status, answer.code) == (413, "line-too-long")
    assert (await client.get("/v1/people?external_id=f-0")).json["items"] == []
    assert (await load(client, *lines))["created"] == 3000
