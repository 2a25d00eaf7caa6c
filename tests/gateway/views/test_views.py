import time

import pytest

pytestmark = pytest.mark.asyncio(loop_scope="function")

PERSON = "0192f0c1-7b1e-7cc4-9d5e-2f6a1b3c4d5e"
PROFILE = f"/v1/people/{PERSON}/profile"


def fill(world) -> None:
    world.registry.answer(f"/v1/people/{PERSON}", {"person_id": PERSON})
    world.registry.answer("/v1/posts", {"items": ["post"], "next": None})
    world.assessment.answer(f"/v1/people-scores/{PERSON}", {"items": ["score"], "next": None})
    world.assessment.answer("/v1/rollups", {"n": 12})
    world.planning.answer("/v1/plans", {"items": ["plan"], "next": None})
    world.planning.answer("/v1/plans/counts", {"agreed": 3})
    world.evaluation.answer("/v1/evaluations", {"items": ["evaluation"], "next": None})
    world.evaluation.answer("/v1/indicator-values", {"items": ["value"], "next": None})


async def test_a_profile_has_all_its_parts(world):
    fill(world)
    answer = await world.client.get(PROFILE)
    assert answer.status == 200
    assert answer.json == {
        "person": {"person_id": PERSON},
        "posts": {"items": ["post"], "next": None},
        "scores": {"items": ["score"], "next": None},
        "plans": {"items": ["plan"], "next": None},
        "evaluations": {"items": ["evaluation"], "next": None},
        "missing": [],
    }
    for service in (world.registry, world.assessment, world.planning, world.evaluation):
        assert {asked.headers["Authorization"] for asked in service.asked} == {f"Bearer {world.client.token}"}
    assert {asked.query["person"] for asked in world.planning.asked} == {PERSON}


async def test_an_overview_has_all_its_parts(world):
    fill(world)
    world.registry.answer("/v1/units/N 1&x", {"unit_code": "N 1&x"})
    answer = await world.client.get("/v1/units/N%201&x/overview?period=2026Q3")
    assert answer.json == {
        "period": "2026Q3",
        "unit": {"unit_code": "N 1&x"},
        "rollup": {"n": 12},
        "plans": {"agreed": 3},
        "indicators": {"items": ["value"], "next": None},
        "missing": [],
    }
    assert world.assessment.asked[-1].query == {"unit": "N 1&x", "period": "2026Q3"}


async def test_an_overview_without_a_period_is_of_this_quarter(world):
    fill(world)
    world.registry.answer("/v1/units/N1", {})
    period = (await world.client.get("/v1/units/N1/overview")).json["period"]
    assert world.evaluation.asked[0].query["period"] == period


async def test_a_service_that_is_down_is_named(world):
    fill(world)
    await world.planning.stop()
    answer = await world.client.get(PROFILE)
    assert answer.status == 200
    assert answer.json["plans"] is None
    assert answer.json["missing"] == [{"part": "plans", "reason": "service-away"}]


async def test_a_slow_service_is_not_waited_for(world):
    fill(world)
    world.assessment.delay = 30
    started = time.monotonic()
    answer = await world.client.get(PROFILE)
    assert time.monotonic() - started < 3
    assert answer.json["scores"] is None
    assert answer.json["missing"] == [{"part": "scores", "reason": "service-late"}]
    assert answer.json["person"] == {"person_id": PERSON}


async def test_a_part_that_fails_or_refuses_is_named_with_its_code(world):
    fill(world)
    world.assessment.problem(f"/v1/people-scores/{PERSON}", 403, "role-missing")
    world.planning.problem("/v1/plans", 500, "internal-error")
    world.evaluation.answer("/v1/evaluations", "no problem", 502)
    answer = await world.client.get(PROFILE)
    assert answer.status == 200
    assert answer.json["missing"] == [
        {"part": "scores", "reason": "role-missing"},
        {"part": "plans", "reason": "internal-error"},
        {"part": "evaluations", "reason": "status-502"},
    ]


@pytest.mark.parametrize(("status", "code"), [(404, "person-unknown"), (403, "role-missing")])
async def test_the_owners_refusal_is_the_answer(world, status, code):
    fill(world)
    world.registry.problem(f"/v1/people/{PERSON}", status, code)
    answer = await world.client.get(PROFILE)
    assert (answer.status, answer.code) == (status, code)
    assert b"score" not in answer.body
    assert answer.headers["Content-Type"] == "application/problem+json"


async def test_an_owner_that_is_down_does_not_hide_the_rest(world):
    fill(world)
    await world.registry.stop()
    answer = await world.client.get(PROFILE)
    assert answer.status == 200
    assert [item["part"] for item in answer.json["missing"]] == ["person", "posts"]
    assert answer.json["plans"] == {"items": ["plan"], "next": None}


@pytest.mark.parametrize(
    ("path", "code", "pointer"),
    [
        ("/v1/people/7/profile", "input-invalid", "/path/person_id"),
        ("/v1/units/N1/overview?period=2026Q5", "period-malformed", "/query/period"),
        ("/v1/units/N1/overview?period=now", "period-malformed", "/query/period"),
        ("/v1/units/N1/overview?perod=2026Q3", "input-invalid", "/query/perod"),
    ],
)
async def test_wrong_parameters_reach_nobody(world, path, code, pointer):
    answer = await world.client.get(path)
    assert (answer.status, answer.code) == (422, code)
    assert [error["pointer"] for error in answer.json["errors"]] == [pointer]
    assert not world.registry.asked


async def test_views_need_a_token_and_other_methods_are_the_owners(world):
    assert (await world.client.using(None).get(PROFILE)).code == "token-missing"
    assert (await world.client.get(f"/v1/people/{PERSON}")).status == 404
    assert world.registry.asked[-1].path == f"/v1/people/{PERSON}"
