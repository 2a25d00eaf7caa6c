"""A person gets all that they may see of themselves as one file, and nobody else gets it."""

import io
import zipfile

import orjson
import pytest

from services.gateway.archive.collecting import AS_A_RATER, Section, handed_over, parts_of
from services.gateway.archive.zip_file import written
from shared.auth.operations import OPERATIONS
from shared.auth.rights import RIGHTS, Reach
from shared.http.in_place_of import AS_THE_PERSON, HEADER, READS

pytestmark = pytest.mark.asyncio(loop_scope="function")

PERSON = "0192f0c1-7b1e-7cc4-9d5e-2f6a1b3c4d5e"
WHY = {"Purpose-Of-Use": "PATRQT"}
ARCHIVE = f"/v1/people/{PERSON}/archive"
ELSEWHERE = {  # what somebody may read of themselves, and why it is no part of its own
    "GET /v1/people": "the record", "GET /v1/posts": "in the record", "GET /v1/posts/{post_id}": "in the record",
    "GET /v1/posts/{post_id}/versions": "by the id of a post",
    "GET /v1/assessments/{assessment_id}": "one of a list",
    "GET /v1/assessments/{assessment_id}/raters": "numbers of raters",
    "GET /v1/assessments/{assessment_id}/result": "one of the results",
    "GET /v1/rater-requests/{request_id}": "one of a list", "GET /v1/plans/{plan_id}": "one of a list",
    "GET /v1/follow-ups/{follow_up_id}": "one of a list",
    "GET /v1/reactions/{reaction_id}": "by the id that its answer had; nobody lists them",
    "GET /v1/learning-results/{learning_result_id}": "by the id that its answer had; nobody lists them",
    "GET /v1/people/{person_id}/profile": "put together from the others",
    "GET /v1/people/{person_id}/archive": "itself",
}  # fmt: skip


def fill(world) -> None:
    """Each part has one item that says what it is; the plans have a second page."""
    world.registry.answer("/v1/me", {"person": {"person_id": PERSON}})
    for part, _ in parts_of(PERSON):
        path = part.target.partition("?")[0]
        item = {"part": part.name, "inside": {"name": "<b>Ké & Co</b>"}}
        body = item if part.name == "record" else {"items": [item], "next": None}
        getattr(world, part.service).answer(path, body)


def opened(body: bytes) -> zipfile.ZipFile:
    archive = zipfile.ZipFile(io.BytesIO(body))
    assert archive.testzip() is None
    return archive


async def test_an_archive_has_every_part_as_page_and_data(world, token):
    fill(world)
    person = world.client.using(token("leader", subject="me"))
    answer = await person.get(ARCHIVE)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/zip")
    assert answer.headers["Cache-Control"] == "no-store"
    archive = opened(answer.body)
    names = [part.name for part, _ in parts_of(PERSON)]
    pages = {f"{name}.html" for name in names} | {f"data/{name}.json" for name in names}
    assert set(archive.namelist()) == pages | {"index.html", "contents.json"}
    contents = orjson.loads(archive.read("contents.json"))
    assert {each["items"] for each in contents["files"]} == {1}
    for name in names:
        (item,) = orjson.loads(archive.read(f"data/{name}.json"))
        assert item["part"] == name
        page = archive.read(f"{name}.html").decode()
        assert "&lt;b&gt;Ké &amp; Co&lt;/b&gt;" in page
        assert f'href="{name}.html"' in archive.read("index.html").decode()
    for service in (world.registry, world.assessment, world.planning, world.evaluation):
        assert {asked.headers["Authorization"] for asked in service.asked} == {f"Bearer {person.token}"}


def operations(parts) -> set[str]:
    return {f"GET {part.target.partition('?')[0].replace(PERSON, '{person_id}')}" for part, _ in parts}


async def test_whatever_somebody_may_read_of_themselves_is_in_it_or_said_not_to_be():
    (role,) = AS_THE_PERSON
    own = {
        operation
        for operation, rights in OPERATIONS.items()
        if operation.startswith("GET ") and any(Reach.SELF in RIGHTS[each].grants.get(role, ()) for each in rights)
    }  # fmt: skip
    assert (
        own == {each for each in operations(parts_of(PERSON)) if "/internal/" not in each} | ELSEWHERE.keys()
    )
    assert operations(handed_over(PERSON)) == READS


async def test_it_is_for_the_person_alone(world, token):
    fill(world)
    manager = await world.client.get(ARCHIVE)
    assert (manager.status, manager.code) == (403, "role-missing")
    world.registry.answer("/v1/me", {"person": {"person_id": "0192f0c1-0000-7cc4-9d5e-2f6a1b3c4d5e"}})
    boss = world.client.using(token("leader", subject="boss"))
    assert (await boss.get(ARCHIVE)).code == "person-unknown"
    world.registry.answer("/v1/me", {"person": None})
    assert (await boss.get(ARCHIVE)).code == "person-unknown"
    assert not world.assessment.asked, "nothing was read"


async def test_an_officer_hands_over_what_is_not_of_raters_and_says_why(world, token):
    fill(world)
    officer = world.client.using(token("data-protection-officer", units=("N",), subject="officer"))
    unexplained = await officer.get(f"{ARCHIVE}-to-hand-over")
    assert (unexplained.status, unexplained.code) == (422, "purpose-required")
    assert not world.registry.asked, "nothing was read"
    answer = await officer.get(f"{ARCHIVE}-to-hand-over", headers=WHY)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/zip")
    archive = opened(answer.body)
    names = {part.name for part, _ in parts_of(PERSON)} - set(AS_A_RATER)
    data = {f"data/{name}.json" for name in names}
    assert set(archive.namelist()) == data | {f"{name}.html" for name in names} | {
        "index.html",
        "contents.json",
    }
    assert "you did as a rater" in orjson.loads(archive.read("contents.json"))["left_out"]
    for service in (world.registry, world.assessment, world.planning, world.evaluation):
        assert service.asked
        for asked in service.asked:
            assert (asked.headers[HEADER], asked.headers["Purpose-Of-Use"]) == (PERSON, "PATRQT")
            assert asked.headers["Authorization"] == f"Bearer {officer.token}"
    assert not [
        asked for asked in world.assessment.asked if "rater" in asked.path or "own-answers" in asked.path
    ]


async def test_an_officers_archive_is_refused_as_registry_refuses_the_record(world, token):
    fill(world)
    officer = world.client.using(token("data-protection-officer", subject="officer"))
    for refusal, status in (("unit-out-of-scope", 403), ("person-unknown", 404)):
        world.registry.answer(f"/v1/people/{PERSON}", {"code": refusal}, status)
        answer = await officer.get(f"{ARCHIVE}-to-hand-over", headers=WHY)
        assert (answer.status, answer.code) == (status, refusal)
    assert not world.assessment.asked, "nothing else was read"
    for role in ("leader", "hris", "programme-manager", "ops", "auditor"):
        other = world.client.using(token(role, units=("N",), subject="other"))
        assert (await other.get(f"{ARCHIVE}-to-hand-over", headers=WHY)).code == "role-missing"


async def test_nobody_reads_in_place_of_another_by_a_header_of_their_own(world, token):
    fill(world)
    officer = world.client.using(token("data-protection-officer", units=("N",), subject="officer"))
    await officer.get(f"/v1/people/{PERSON}", headers=WHY | {HEADER: PERSON})
    await officer.get(f"/v1/people/{PERSON}/profile", headers=WHY | {HEADER: PERSON})
    assert world.registry.asked
    assert not [asked for asked in world.registry.asked if HEADER in asked.headers]


async def test_half_an_archive_is_none(world, token):
    fill(world)
    world.planning.answer("/v1/plans", {"code": "database-away"}, 503)
    answer = await world.client.using(token("leader", subject="me")).get(ARCHIVE)
    assert (answer.status, answer.code) == (503, "archive-incomplete")


async def test_a_long_part_says_that_it_is_cut():
    file = opened(written([Section("plans", "Plans", [{"a": [1]}], cut=True)], "2026-10-01"))
    assert "more entries" in file.read("plans.html").decode()
    assert orjson.loads(file.read("contents.json"))["files"][0]["cut"]
