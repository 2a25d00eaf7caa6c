"""A year of a reference HRIS: Steward ends as the books have it, and the feed has every change once."""

import re
import sys
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from shared import clock as domain_clock
from steward_client import Client, models
from tests.docs.pages import ROOT
from tests.gateway.events.conftest import copied
from tests.gateway.events.test_guide import run
from tests.hris import faces
from tests.hris.audit import CountingClient, check_audit
from tests.hris.bad_files import BROKEN, BROKEN_ROWS
from tests.hris.books import Staff
from tests.hris.year import MERGED, Year
from tests.registry.builders import source_client
from tests.servers import wait_for

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow(20), pytest.mark.timeout(240)]
README = ROOT / "client" / "python" / "README.md"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(country) -> AsyncIterator[CountingClient]:
    """The client of the HRIS, by the gateway."""
    bound = await source_client(country.registry, country.token, faces.SYSTEM)
    async with CountingClient(country.gateway.url, str(bound.token)) as found:
        yield found


async def test_the_first_example_of_the_client_works(country, tmp_path):
    reader = await source_client(country.registry, country.token, "example")
    (example,) = re.findall(r"^```python\n(.*?)^```", README.read_text(), re.DOTALL | re.MULTILINE)
    (tmp_path / "example.py").write_text(example)
    out = await run(
        f"{sys.executable} example.py", tmp_path, URL=country.gateway.url, TOKEN=str(reader.token)
    )
    assert "1 received, 0 rejected" in out
    assert "Kamara" in out
    assert "unit-unknown" in out


async def test_a_year_ends_as_the_books_have_it(country, client, clock):
    start = (await client.get_events_snapshot())["cursor"]
    known = {each["person_id"] async for each in client.all_people()}
    year = Year(client)
    clock.forward(hours=(36 - domain_clock.now().hour) % 24)  # noon: no day begins while a month is sent
    await year.begin(domain_clock.today())
    for month in range(1, 13):
        clock.forward(days=30)
        await year.month(month, domain_clock.today())
        if month == 5:
            await _a_bad_file(year)
        if month == 6:
            await _a_bad_table(year)
        if month == 7:
            reports = await year.everything_again()
            assert [each["unchanged"] for each in reports] == [len(year.books.working())] * 2
        if month == 8:
            clock.forward(days=1)  # a transfer of today could still be taken back
            await _an_old_file(year)
        if month == 11:
            full = await year.full_list(domain_clock.today())
            assert (full["unchanged"], full["absent_count"], full["deactivated"]) == (full["received"], 1, 1)
    await year.erase(client.using(country.token("programme-manager", units=("SL",), subject="second")))
    shown = [each async for each in client.all_people() if each["person_id"] not in known]
    people = {each["person_id"]: await client.get_people_by_person_id(each["person_id"]) for each in shown}
    assert await _as_shown(client, people) == [_as_written(each) for each in _by_number(year)]
    await _units_agree(client, year)
    await _other_faces_agree(client, year)
    await _everything_was_published(country, client, start, set(people))
    await check_audit(client, client.using(country.token("auditor", units=("SL",), subject="auditor")))


def _by_number(year: Year) -> list[Staff]:
    return sorted(year.books.staff, key=lambda each: each.number)


def _as_written(person: Staff) -> dict[str, Any]:
    """A person of the books, as the API would show them."""
    return {
        "number": person.number,
        "identity": (person.family, person.given, person.sex, person.birth_year, person.cadre),
        "left": (person.left_on, person.reason),
        "terms": [(each.key, each.unit, each.role, each.since, each.until) for each in person.terms],
    }


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


async def _as_shown(client: Client, people: dict[str, models.PersonInFull]) -> list[dict[str, Any]]:
    """Everybody as the API shows them, in order of their numbers."""
    terms = defaultdict(list)
    async for post in client.all_posts():
        days = _day(post["valid_from"]), _day(post["valid_to"])
        terms[post["person_id"]].append((post["external_id"], post["unit_code"], post["role_code"], *days))
    found = [
        {
            "number": each["external_id"],
            "identity": (
                each["family_name"], each["given_name"], each["sex"], each["birth_year"], each["cadre"]
            ),
            "left": (_day(each["deactivated_on"]), each["leaving_reason"]),
            "terms": sorted(terms[each["person_id"]], key=lambda term: str(term[3])),
        }
        for each in people.values()
    ]  # fmt: skip
    return sorted(found, key=lambda each: each["number"])


async def _a_bad_file(year: Year) -> None:
    report = await year.bad_file(domain_clock.today())
    assert (report["received"], report["created"], report["rejected_count"]) == (
        3 + len(BROKEN),
        3,
        len(BROKEN),
    )
    assert [each["line"] for each in report["rejected"]] == [2, 3, 4, 5, 6]


async def _a_bad_table(year: Year) -> None:
    report = await year.bad_tables(domain_clock.today())
    rows = len(BROKEN_ROWS)
    assert (report["received"], report["created"], report["rejected_count"]) == (2 + rows, 2, rows), report
    assert [each["code"] for each in report["rejected"]] == list(BROKEN_ROWS.values())
    assert [each["line"] for each in report["rejected"]] == [4, 5, 6, 7, 8]  # below the header and two people


async def _an_old_file(year: Year) -> None:
    """It changes nothing: who is as at first is unchanged, and every other line is refused with its reason."""
    report = await year.old_file()
    assert (report["created"], report["updated"]) == (0, 0)
    assert report["unchanged"] + report["rejected_count"] == len(year.first_posts)
    assert report["rejected_count"] > 3
    assert {each["code"] for each in report["rejected"]} <= {
        "history-changed",
        "identifier-superseded",
        "person-deactivated",
        "post-ended",
        "unit-closed",
    }


async def _units_agree(client: Client, year: Year) -> None:
    units = [each async for each in client.all_units(level="facility")]
    assert sorted(each["unit_code"] for each in units if not each["closed_on"]) == sorted(
        year.books.open_units
    )
    closed = {each["unit_code"]: each["closed_on"] for each in units if each["closed_on"]}
    assert closed == {MERGED: year.books.closed_units[MERGED].isoformat()}


async def _other_faces_agree(client: Client, year: Year) -> None:
    for person in _by_number(year):
        user = await faces.found_by_scim(client, person.number)
        held = user[faces.HEALTH].get("posts", [])
        assert user["active"] is (person.left_on is None)
        assert [each["facilityCode"] for each in held] == ([] if person.left_on else [person.term.unit])
    for number in year.books.erased:
        assert not [each async for each in client.all_people(external_id=number)]
        assert not (await client.send("GET", faces.USERS, query=faces.named(number))).json["totalResults"]
        assert (
            await faces.count_by_fhir(client, "Practitioner", identifier=f"{faces.IDENTIFIER}|{number}") == 0
        )
    working = sum(each.left_on is None for each in year.books.staff)
    assert await faces.count_by_fhir(client, "PractitionerRole", active="true") == working


async def _everything_was_published(country, client: Client, start: str, people: set[str]) -> None:
    """Each version of a person comes once and in order, and the last one is what is shown."""
    versions: defaultdict[str, list[int]] = defaultdict(list)
    events, cursor = set[str](), start

    async def all_there() -> bool:
        nonlocal cursor
        async for batch in client.event_batches(cursor):
            for event in batch.events:
                assert event["id"] not in events
                events.add(event["id"])
                for item in event["data"].get("items", ()):
                    if item.get("person_id") in people:
                        versions[item["person_id"]].append(item["version"])
            cursor = batch.cursor
        shown = {each["person_id"]: each["version"] async for each in client.all_people()}
        return all(versions[each][-1:] == [shown[each]] for each in people)

    await copied(country.broker)
    await wait_for(all_there, timeout=60)
    assert all(found == sorted(set(found)) for found in versions.values())
