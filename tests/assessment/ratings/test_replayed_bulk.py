"""The stored report of a bulk load: given again only to whom none of its lines would be refused now."""

import orjson
import pytest

from tests.assessment.rated import NDJSON, opened
from tests.assessment.world import identity

pytestmark = pytest.mark.slow(20)


async def load_of(service, about: str) -> bytes:
    """Everybody's answers about one person in a cycle of its own."""
    cycle = await opened(service)
    path = f"/v1/assessments?cycle={cycle['cycle_id']}&person={identity(about)}"
    (item,) = (await service.get(path)).json["items"]
    found = (await service.get(f"/v1/assessments/{item['assessment_id']}/raters")).json["requests"]
    lines = [
        orjson.dumps({"assessment_id": item["assessment_id"], "rater_person_id": each["person_id"],
                      "category": each["category"], "ratings": [4] * 33})
        for each in sorted(found, key=lambda each: each["request_id"])
    ]  # fmt: skip
    return b"\n".join(lines)


async def sent(client, load: bytes, key: str):
    return await client.post("/v1/responses/bulk", data=load, key=key, headers=NDJSON)


async def test_a_report_is_repeated_to_who_may_enter_all_of_it_still(service):
    load = await load_of(service, "a1")
    first, again = await sent(service, load, "same"), await sent(service, load, "same")
    assert first.json["created"] > 3
    assert (again.headers["idempotency-replayed"], again.json) == ("true", first.json)


@pytest.mark.parametrize("units", [("N2",), ()])
async def test_with_other_units_the_same_sign_in_gets_no_report(service, token, units):
    load = await load_of(service, "a1")
    assert (await sent(service, load, f"less-{units}")).status == 200
    less = service.using(token("programme-manager", units=units, subject="programme"))
    refused = await sent(less, load, f"less-{units}")
    assert (refused.status, refused.code) == (403, "unit-out-of-scope")


async def test_with_another_role_the_same_sign_in_gets_no_report(service, token):
    load = await load_of(service, "a1")
    assert (await sent(service, load, "role")).status == 200
    other = service.using(token("leader", units=("N",), subject="programme"))
    assert (await sent(other, load, "role")).code == "role-missing"


async def test_who_has_become_the_manager_of_one_of_them_gets_no_report(service, database):
    """A clerk's sign-in is tied to a person who is asked as their manager by then."""
    load = await load_of(service, "a2")
    assert (await sent(service, load, "tied")).status == 200
    async with database.transaction() as connection:
        key = await connection.fetchval("select caller from idempotency where key = 'tied'")
        await connection.execute(
            "insert into subject (subject_key, person_id) values ($1, $2)", key, identity("aboss")
        )
    try:
        refused = await sent(service, load, "tied")
        assert (refused.status, refused.code) == (403, "unit-out-of-scope")
    finally:
        async with database.transaction() as connection:
            await connection.execute("delete from subject where subject_key = $1", key)


async def test_a_report_that_was_stored_without_what_it_names_is_not_given_again(service, database):
    """As software stored it that let a report rest on the role alone."""
    load = await load_of(service, "a3")
    assert (await sent(service, load, "old")).status == 200
    async with database.transaction() as connection:
        await connection.execute(
            """update idempotency set decisions = '[{"right": "rating.enter", "role": "programme-manager",
            "reach": "units", "person": null, "unit": null}]' where key = 'old'"""
        )
    assert (await sent(service, load, "old")).code == "idempotency-key-reused"
