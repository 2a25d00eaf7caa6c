"""The gateway puts the name of whom they rate into a rater's requests."""

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="function")

ONE, ENDED = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
WORD = {"items": [{"request_id": ONE, "person_id": "p", "seal": "s"}]}
SUBJECT = {"family_name": "Bangura", "given_name": "Mariama", "role_code": "r", "unit_name": "Clinic"}


def fill(world) -> None:
    request = {"request_id": ONE, "state": "invited", "subject": None}
    over = {"request_id": ENDED, "state": "declined", "subject": None}
    world.assessment.answer("/v1/rater-requests", {"items": [request, over], "next": "c"})
    world.assessment.answer(f"/v1/rater-requests/{ONE}", request, headers={"ETag": '"2"'})
    world.assessment.answer(f"/v1/rater-requests/{ONE}/accept", {**request, "state": "accepted"})
    world.assessment.answer(f"/v1/rater-requests/{ONE}/decline", {**over, "request_id": ONE})
    world.assessment.answer(
        f"/v1/rater-requests/{ONE}/response", {"request_id": ONE, "state": "answered"}, 201
    )
    world.assessment.answer("/internal/rater-subjects", WORD)
    world.registry.answer("/internal/rater-subjects", {"items": [{"request_id": ONE, **SUBJECT}]})


async def test_requests_that_go_on_get_the_subjects_name(world):
    fill(world)
    listed = await world.client.get("/v1/rater-requests?limit=5")
    assert [item["subject"] for item in listed.json["items"]] == [SUBJECT, None]
    assert listed.json["next"] == "c"
    assert world.assessment.asked[0].query_string == "limit=5"
    one = await world.client.get(f"/v1/rater-requests/{ONE}")
    assert (one.json["subject"], one.headers["ETag"]) == (SUBJECT, '"2"')
    assert one.headers["Cache-Control"] == "no-store"
    accepted = await world.client.post(f"/v1/rater-requests/{ONE}/accept", key="k")
    assert (accepted.status, accepted.json["state"], accepted.json["subject"]) == (200, "accepted", SUBJECT)
    for asked in world.registry.asked:
        assert asked.headers["Authorization"] == f"Bearer {world.client.token}"
        assert "Idempotency-Key" not in asked.headers
    assert world.registry.bodies[0].count(b'"seal": "s"') == 1
    assert world.assessment.bodies[1] == b'{"request_ids":["%s"]}' % ONE.encode()


async def test_nothing_is_asked_for_what_is_over_or_only_submitted(world):
    fill(world)
    assert (await world.client.post(f"/v1/rater-requests/{ONE}/decline")).json["subject"] is None
    assert (await world.client.post(f"/v1/rater-requests/{ONE}/response", json={})).status == 201
    assert (await world.client.get(f"/v1/rater-requests/{ENDED}")).status == 404
    assert not world.registry.asked


@pytest.mark.parametrize("missing", ["registry-away", "registry-refuses", "assessment-refuses"])
async def test_without_names_the_request_is_answered_all_the_same(world, missing):
    fill(world)
    if missing == "registry-away":
        await world.registry.stop()
    elif missing == "registry-refuses":
        world.registry.problem("/internal/rater-subjects", 404, "person-unknown")
    else:
        world.assessment.problem("/internal/rater-subjects", 403, "person-not-tied")
    answer = await world.client.get(f"/v1/rater-requests/{ONE}")
    assert (answer.status, answer.json["subject"], answer.json["state"]) == (200, None, "invited")
