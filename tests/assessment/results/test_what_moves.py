"""What subject and manager read of an open assessment does not change when a rater declines or answers."""

import pytest

from tests.assessment.rated import THREES, as_person, opened, request_of
from tests.assessment.world import identity


async def about(service, cycle: dict, name: str) -> str:
    (item,) = (await service.get(f"/v1/assessments?cycle={cycle['cycle_id']}&person={identity(name)}")).json[
        "items"
    ]
    return f"/v1/assessments/{item['assessment_id']}"


async def seen(client, path: str) -> list:
    """All that is told of an open assessment: itself, its version, how many were asked."""
    one, raters = await client.get(path), await client.get(f"{path}/raters")
    assert one.json["state"] == "open"
    return [one.json, one.headers["ETag"], raters.json]


@pytest.mark.parametrize("reader", ["a1", "aboss"])
async def test_who_declines_answers_or_was_asked_already_moves_nothing(service, token, reader: str):
    cycle = await opened(service, max_peers=2, max_reports=2)
    path = await about(service, cycle, "a1")
    client = as_person(service, token, reader)
    before = await seen(client, path)
    asked = (await service.get(f"{path}/raters")).json["requests"]
    named = {str(identity(f"a{number}")): f"a{number}" for number in range(6)}
    peer, other = [named[item["person_id"]] for item in asked if item["category"] == "peer"]
    request = await request_of(service, token, peer, cycle, "a1")
    declined = await as_person(service, token, peer).post(
        f"/v1/rater-requests/{request['request_id']}/decline"
    )
    assert declined.status == 200
    assert await seen(client, path) == before
    request = await request_of(service, token, other, cycle, "a1")
    answers = as_person(service, token, other)
    await answers.post(f"/v1/rater-requests/{request['request_id']}/accept")
    assert (
        await answers.post(f"/v1/rater-requests/{request['request_id']}/response", json=THREES)
    ).status == 201
    assert await seen(client, path) == before
    own = as_person(service, token, "a1")
    for name in ("a2", "a3", "a4"):  # among them one or two who were asked at opening
        rater = {"person_id": str(identity(name)), "category": "peer"}
        assert (await own.post(f"{path}/raters", json={"raters": [rater]})).json == {"invited": 1}
        assert await seen(client, path) == before
    requests = (await service.get(f"{path}/raters")).json["requests"]
    assert {"a2", "a3", "a4"} <= {named.get(item["person_id"]) for item in requests}


async def test_that_there_are_too_many_tells_the_subject_of_no_partner(service, token):
    cycle = await opened(service, max_peers=0, max_reports=0)
    path = await about(service, cycle, "a1")
    own = as_person(service, token, "a1")
    partners = [f"c{number}-ward{ward}" for number in range(4) for ward in range(2)]
    partners += [f"nowhere {number}" for number in range(32)]
    raters = [{"person_id": str(identity(name)), "category": "partner"} for name in partners]
    for _ in range(2):
        assert (await own.post(f"{path}/raters", json={"raters": raters})).json == {"invited": 40}
    refused = await service.post(f"{path}/raters", json={"raters": raters})  # who sees them is told
    assert "too-many" in {error["code"] for error in refused.json["errors"]}
