"""The route called by hand answers as every other: paths, tokens, methods, problems."""

import pytest

from tests.assessment.rated import THREES, as_person, opened, request_of


@pytest.mark.parametrize("written", ["no-uuid", "0198", "1-2345678-1234-1234-1234-123456789012", "%00"])
async def test_a_path_that_is_no_uuid_is_refused_after_the_token(service, token, written):
    path = f"/v1/rater-requests/{written}/response"
    refused = await as_person(service, token, "a0").post(path, json=THREES)
    assert (refused.status, refused.code) == (422, "input-invalid")
    assert refused.json["errors"][0]["pointer"] == "/path/request_id"
    nobody = await service.using("no.token.here").post(path, json=THREES)
    assert (nobody.status, nobody.code) == (401, "token-invalid")


async def test_a_refusal_is_a_problem_and_another_method_is_not_allowed(service, token):
    person = as_person(service, token, "a0")
    path = "/v1/rater-requests/00000000-0000-0000-0000-000000000001/response"
    refused = await person.post(path, json=THREES)
    assert (refused.status, refused.code) == (404, "rater-request-unknown")
    assert refused.headers["content-type"] == "application/problem+json"
    other = await person.put(path, json=THREES)
    assert (other.status, other.code) == (405, "method-not-allowed")


@pytest.mark.parametrize(
    ("about", "written"), [("a0", str.upper), ("a1", lambda text: text.replace("-", ""))]
)
async def test_an_identifier_may_be_written_in_any_way(service, token, about, written):
    cycle = await opened(service)
    request = await request_of(service, token, about, cycle, about)
    person = as_person(service, token, about)
    path = f"/v1/rater-requests/{written(request['request_id'])}/response"
    done = await person.post(path, json=THREES)
    assert (done.status, done.json["request_id"]) == (201, request["request_id"])
    assert done.headers["content-type"] == "application/json"
    assert (await person.post(path, json=THREES)).code == "already-answered"
