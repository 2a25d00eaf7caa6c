"""Ratings that are refused, repeated, declined or sent in bulk."""

from datetime import timedelta

import orjson
import pytest

from shared import clock
from tests.assessment.rated import NDJSON, THREES, as_person, opened, request_of
from tests.assessment.world import identity
from tests.servers import wait_for

JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (b"", "response-invalid", ""),
        (b"{", "response-invalid", ""),
        (b"\xff\xfe", "response-invalid", ""),
        (b'{"ratings": {"\xff": 3}}', "response-invalid", ""),
        (b"[]", "response-invalid", ""),
        (b'{"ratings": null}', "response-invalid", "/ratings"),
        (b'{"ratings": ["x"]}', "response-invalid", "/ratings/0"),
        (b'{"ratings": [1.5]}', "response-invalid", "/ratings/0"),
        (b'{"ratings": [3], "extra": 1}', "response-invalid", "/extra"),
        (orjson.dumps({"ratings": [3] * 32 + [7]}), "response-invalid", "/ratings/32"),
        (orjson.dumps({"ratings": [3] * 33, "relevance": [1]}), "response-invalid", "/relevance"),
    ],
)  # fmt: skip
async def test_nonsense_is_refused_with_a_pointer(service, token, body, code, pointer):
    cycle = await opened(service)
    request = await request_of(service, token, "a3", cycle, "a3")
    own = as_person(service, token, "a3")
    refused = await own.post(f"/v1/rater-requests/{request['request_id']}/response", data=body, headers=JSON)
    assert (refused.status, refused.code) == (422, code)
    assert refused.json["errors"][0]["pointer"] == pointer
    assert (await own.get(f"/v1/rater-requests/{request['request_id']}")).json["state"] == "accepted"


async def test_a_repeat_under_the_same_key_gives_the_same_answer(service, token):
    cycle = await opened(service)
    request = await request_of(service, token, "a4", cycle, "a4")
    own = as_person(service, token, "a4")
    path = f"/v1/rater-requests/{request['request_id']}/response"
    first = await own.post(path, json=THREES, key="k-1")
    again = await own.post(path, json=THREES, key="k-1")
    assert (first.status, first.body) == (again.status, again.body) == (201, first.body)
    other = await own.post(path, json={"ratings": [4] * 33}, key="k-1")
    assert (other.status, other.code) == (422, "idempotency-key-reused")
    assert (await own.post(path, json=THREES)).code == "already-answered"


async def test_who_declines_is_not_awaited_and_the_last_one_completes(service, token):
    cycle = await opened(service, max_peers=0, max_reports=0)
    own = await request_of(service, token, "a5", cycle, "a5")
    manager = await request_of(service, token, "aboss", cycle, "a5")
    person = as_person(service, token, "a5")
    assert (await person.post(f"/v1/rater-requests/{own['request_id']}/response", json=THREES)).status == 201
    boss = as_person(service, token, "aboss")
    assert (await boss.post(f"/v1/rater-requests/{manager['request_id']}/decline")).json[
        "state"
    ] == "declined"

    async def completed():
        return (await person.get(f"/v1/assessments/{own['assessment_id']}")).json["state"] == "completed"

    await wait_for(completed)
    result = (await person.get(f"/v1/assessments/{own['assessment_id']}/result")).json
    assert (result["unverified"], result["others"]) == ([True] * 11, [None] * 11)
    assert {item["unverified"] for item in result["priorities"]} == {True}
    late = await boss.post(f"/v1/rater-requests/{manager['request_id']}/accept")
    assert (late.status, late.code) == (409, "request-ended")


async def test_raters_are_added_by_hand(service, token):
    cycle = await opened(service, max_peers=0, max_reports=0)
    (item,) = (await service.get(f"/v1/assessments?cycle={cycle['cycle_id']}&person={identity('a1')}")).json[
        "items"
    ]
    path = f"/v1/assessments/{item['assessment_id']}/raters"
    own = as_person(service, token, "a1")
    partner = {"person_id": str(identity("c2")), "category": "partner"}
    nowhere = {"person_id": str(identity("nowhere")), "category": "partner"}
    for named in (partner, partner, nowhere):  # that somebody was asked before, or is there, is not told
        assert (await own.post(path, json={"raters": [named]})).json == {"invited": 1}
    assert (await service.post(path, json={"raters": [partner]})).json == {"invited": 0}
    asked = {item["category"]: item["asked"] for item in (await own.get(path)).json["asked"]}
    assert asked == {"self": 1, "manager": 1}
    asked = {item["category"]: item["asked"] for item in (await service.get(path)).json["asked"]}
    assert asked == {"self": 1, "manager": 1, "partner": 1}
    wrong = [
        {"person_id": str(identity("a1")), "category": "peer"},
        {"person_id": str(identity("nobody")), "category": "peer"},
        {"person_id": str(identity("c3")), "category": "peer"},
        {"person_id": str(identity("a3-ward0")), "category": "peer"},
    ]
    refused = await own.post(path, json={"raters": wrong})
    assert refused.code == "raters-invalid"
    assert [error["pointer"] for error in refused.json["errors"]] == [
        "/raters/0/person_id", "/raters/1/person_id", "/raters/2/person_id",
    ]  # fmt: skip
    manager = {"person_id": str(identity("cboss")), "category": "manager"}
    assert (await own.post(path, json={"raters": [manager]})).code == "manager-by-programme"
    assert (await service.post(path, json={"raters": [manager]})).code == "manager-already-asked"


async def test_a_cycle_changes_only_from_the_version_that_was_read(service):
    made = await opened(service)
    path = f"/v1/cycles/{made['cycle_id']}"
    read = await service.get(path)
    later = {"ends_on": str(clock.today() + timedelta(days=40))}
    assert (await service.patch(path, json=later)).code == "if-match-required"
    assert (await service.patch(path, json=later, if_match='"99"')).code == "stale-etag"
    changed = await service.patch(path, json=later, if_match=read.headers["ETag"])
    assert (changed.status, changed.json["ends_on"]) == (200, later["ends_on"])
    assert (await service.patch(path, json={"max_peers": 1}, if_match="*")).code == "cycle-not-draft"


async def test_bulk_over_http_reports_line_by_line(service, token):
    cycle = await opened(service)
    requests = []
    for item in (await service.get(f"/v1/assessments?cycle={cycle['cycle_id']}")).json["items"]:
        requests += (await service.get(f"/v1/assessments/{item['assessment_id']}/raters")).json["requests"]
    lines = [
        orjson.dumps({"assessment_id": item["assessment_id"], "rater_person_id": item["person_id"],
                      "category": item["category"], "ratings": [4] * 33})
        for item in requests
    ]  # fmt: skip
    body = b"\n".join([b"nonsense", *lines, b'{"ratings": [9]}', b'{"category": "\xff"}', b""])
    report = (await service.post("/v1/responses/bulk", data=body, headers=NDJSON)).json
    assert (report["received"], report["created"], report["completing"]) == (len(lines) + 3, len(lines), 6)
    assert [(item["line"], item["code"]) for item in report["rejected"]] == [
        (1, "line-malformed"), (len(lines) + 2, "line-malformed"), (len(lines) + 3, "line-malformed"),
    ]  # fmt: skip

    odd = [b"[" * 1100, b'{"shoe": ' + b"[" * 1100, *[b'{"' + b"k" * 10_000 + b'": 1}'] * 90]
    answer = await service.post("/v1/responses/bulk", data=b"\n".join(odd), headers=NDJSON)
    assert (answer.json["rejected_count"], len(answer.body) < 50_000) == (92, True)

    async def completed():
        found = await service.get(f"/v1/assessments?cycle={cycle['cycle_id']}&state=completed")
        return len(found.json["items"]) == 6

    await wait_for(completed)
    again = (await service.post("/v1/responses/bulk", data=b"\n".join(lines), headers=NDJSON)).json
    assert (again["unchanged"], again["created"], again["rejected"]) == (len(lines), 0, [])
    leader = as_person(service, token, "a0", units=("N",))
    assert (await leader.post("/v1/responses/bulk", data=body, headers=NDJSON)).code == "role-missing"


async def whom(client, *requests) -> list:
    """What assessment vouches for towards registry, by request."""
    asked = {"request_ids": [request["request_id"] for request in requests]}
    answer = await client.post("/internal/rater-subjects", json=asked)
    assert answer.status == 200, answer.body
    return list(answer.json["items"])


async def test_a_rater_knows_whom_they_rate_from_the_moment_they_are_asked_until_it_is_over(service, token):
    cycle = await opened(service)
    request = await request_of(service, token, "a2-ward0", cycle, "a2")
    rater = as_person(service, token, "a2-ward0")
    about = {"subject_person_id": str(identity("a2")), "unit_code": "F1", "role_code": "facility-manager"}
    assert {name: request[name] for name in about} == about
    (word,) = await whom(rater, request)
    assert (word["person_id"], word["unit_code"], word["role_code"]) == tuple(about.values())
    accepted = (await rater.post(f"/v1/rater-requests/{request['request_id']}/accept")).json
    assert {name: accepted[name] for name in about} == about
    assert len(await whom(rater, request)) == 1
    for stranger in (as_person(service, token, "a2"), as_person(service, token, "c1")):
        assert await whom(stranger, request) == []
    assert (
        await service.post("/internal/rater-subjects", json={"request_ids": []})
    ).code == "person-not-tied"
    declined = (await rater.post(f"/v1/rater-requests/{request['request_id']}/decline")).json
    assert [declined[name] for name in about] == [None] * 3
    again = (await rater.get(f"/v1/rater-requests/{request['request_id']}")).json
    assert [again[name] for name in about] == [None] * 3
    assert await whom(rater, request) == []
    too_many = {"request_ids": [request["request_id"]] * 201}
    assert (await rater.post("/internal/rater-subjects", json=too_many)).status == 422
