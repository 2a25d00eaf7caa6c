"""The whole way over HTTP, as the people in it: invited, accepted, answered, scored, read."""

from datetime import timedelta

import nats
import orjson
import pytest
import pytest_asyncio

from deploy.local.nats import ADMIN
from services.assessment.commands import instruments
from shared import clock, outbox, periods
from shared.events.registry import PeopleChanged, UnitsChanged
from tests.assessment import world
from tests.assessment.world import identity
from tests.servers import PASSWORDS, wait_for

THREES = {"ratings": [3] * 33}


async def publish(nats_url: str, *events) -> None:
    """Put registry's events on the stream, as registry's relay does."""
    client = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    for event in events:
        event_id, _, subject, payload = outbox.row((event, "batch", 1))
        await client.jetstream().publish(subject, payload, headers={"Nats-Msg-Id": str(event_id)})
    await client.close()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def service(serve, database, nats_url, token):
    """Assessment as it runs, with the tree and two teams taken over from registry's events."""
    instruments._known.clear()
    client = await serve("assessment")
    people = world.team("a", "F1", 6) + world.team("c", "F3", 4)
    units = [world.unit(code, parent) for code, parent in world.TREE.items()]
    await publish(nats_url, UnitsChanged(items=units), PeopleChanged(items=people))
    manager = client.using(token("programme-manager", units=("N",), subject="programme"))

    async def known():
        async with database.transaction() as connection:
            return await connection.fetchval("select count(*) from post") == len(people)

    await wait_for(known)
    return manager


def as_person(service, token, name: str, units=()):
    return service.using(token("leader", units=units, subject=name))


async def opened(service, unit="N1", **changes):
    today = clock.today()
    draft = {
        "unit_code": unit,
        "role_codes": ["facility-manager"],
        "framework_code": "steward-core",
        "framework_version": 1,
        "starts_on": str(today),
        "ends_on": str(today + timedelta(days=30)),
    } | changes
    made = await service.post("/v1/cycles", json=draft)
    assert made.status == 201, made.body
    answer = await service.post(f"/v1/cycles/{made.json['cycle_id']}/open")
    assert answer.status == 200, answer.body
    return answer.json


async def request_of(service, token, rater: str, cycle: dict, about: str):
    """The request to `rater` about a person in a cycle."""
    listed = await service.get(f"/v1/assessments?cycle={cycle['cycle_id']}&person={identity(about)}")
    (item,) = listed.json["items"]
    mine = await as_person(service, token, rater).get("/v1/rater-requests?limit=200")
    return next(found for found in mine.json["items"] if found["assessment_id"] == item["assessment_id"])


async def answered(service, token, cycle: dict, about: str) -> str:
    """Every rater of a person answers; the assessment's id."""
    (item,) = (await service.get(f"/v1/assessments?cycle={cycle['cycle_id']}&person={identity(about)}")).json[
        "items"
    ]
    found = (await service.get(f"/v1/assessments/{item['assessment_id']}/raters")).json["requests"]
    names = {str(identity(name)): name for name in names_of_all()}
    for request in found:
        rater = as_person(service, token, names[request["person_id"]])
        accepted = await rater.post(f"/v1/rater-requests/{request['request_id']}/accept")
        assert (accepted.status, accepted.json["state"]) == (200, "accepted")
        done = await rater.post(f"/v1/rater-requests/{request['request_id']}/response", json=THREES)
        assert done.status == 201, done.body
    assert done.json["assessment_state"] == "completed"
    return item["assessment_id"]


def names_of_all() -> list[str]:
    return ["aboss", "cboss"] + [
        f"{p}{n}{w}" for p in "ac" for n in range(6) for w in ("", "-ward0", "-ward1")
    ]


async def test_the_whole_way_from_invitation_to_result(service, token):
    cycle = await opened(service)
    assert cycle["assessments"] == {"open": 6}
    key = await answered(service, token, cycle, "a0")
    own = as_person(service, token, "a0")
    result = await own.get(f"/v1/assessments/{key}/result")
    assert result.status == 200
    assert result.json["scores"] == [300] * 11
    assert result.json["priorities"][0]["gap"] == 100
    assert {tuple(group["categories"]) for group in result.json["groups"][0]} == {
        ("manager",),
        ("peer", "report"),
    }
    assert "counts" not in result.json
    scores = await as_person(service, token, "aboss").get(f"/v1/people-scores/{identity('a0')}")
    assert [item["assessment_id"] for item in scores.json["items"]] == [key]
    again = await own.get(f"/v1/assessments/{key}/result", headers={"If-None-Match": result.headers["ETag"]})
    assert again.status == 304


async def test_roll_ups_follow_and_stay_hidden_below_five(service, token):
    period = periods.of(clock.today())

    async def people(client, unit: str):
        answer = await client.get(f"/v1/rollups?unit={unit}&period={period}&level=I")
        assert answer.status == 200
        return [(item["people"], item["suppressed"]) for item in answer.json["levels"]]

    cycle = await opened(service)
    for number in range(1, 4):
        await answered(service, token, cycle, f"a{number}")
    leader = as_person(service, token, "a0", units=("N",))

    async def few():
        return await people(service, "F1") == [(None, True)]

    await wait_for(few)
    await answered(service, token, cycle, "a4")
    await answered(service, token, cycle, "a0")
    await wait_for(lambda: shown(service, "F1", period))
    assert await people(service, "N") == await people(service, "F1") == await people(leader, "F1")
    await answered(service, token, cycle, "a5")

    async def six():
        return await people(service, "F1") == [(6, False)]

    await wait_for(six)
    assert await people(leader, "F1") == [(5, False)]  # the snapshot does not move person by person
    (figure, *_) = (await service.get(f"/v1/rollups?unit=F1&period={period}&level=I")).json["levels"][0][
        "figures"
    ]
    assert figure == {"people": 6, "mean": 300, "below_target": 6, "histogram": [0, 0, 6, 0, 0]}


async def shown(service, unit: str, period: str) -> bool:
    answer = await service.get(f"/v1/rollups?unit={unit}&period={period}&level=I")
    return any(item["people"] for item in answer.json["levels"])


async def test_the_managers_invitation_says_that_one_manager_can_be_recognised(service, token):
    cycle = await opened(service)
    manager = await request_of(service, token, "aboss", cycle, "a1")
    peer = await request_of(service, token, "a1-ward0", cycle, "a1")
    told = await as_person(service, token, "aboss").get(f"/v1/rater-requests/{manager['request_id']}")
    assert "recognised" in told.json["notice"]["en"]
    assert "reconnue" in told.json["notice"]["fr"]
    told = await as_person(service, token, "a1-ward0").get(f"/v1/rater-requests/{peer['request_id']}")
    assert "recognised" not in told.json["notice"]["en"]


async def test_others_learn_nothing(service, token):
    cycle = await opened(service)
    (item,) = (await service.get(f"/v1/assessments?cycle={cycle['cycle_id']}&person={identity('a2')}")).json[
        "items"
    ]
    key = item["assessment_id"]
    request = await request_of(service, token, "aboss", cycle, "a2")
    north = service.using(token("programme-manager", units=("N2",), subject="north"))
    for client in (as_person(service, token, "c0"), as_person(service, token, "a3"), north):
        for path in (
            f"/v1/assessments/{key}",
            f"/v1/assessments/{key}/raters",
            f"/v1/assessments/{key}/result",
        ):
            refused = await client.get(path)
            assert (refused.status, refused.code) == (404, "assessment-unknown")
        assert (await client.get(f"/v1/people-scores/{identity('a2')}")).code == "person-unknown"
        assert not (await client.get(f"/v1/assessments?person={identity('a2')}")).json["items"]
    for client in (as_person(service, token, "a2"), north.using(token("leader", subject="stranger"))):
        assert (await client.get(f"/v1/rater-requests/{request['request_id']}")).status in (403, 404)
    own = as_person(service, token, "a2")
    assert (await own.get(f"/v1/assessments/{key}/result")).code == "assessment-not-completed"
    assert (await own.get(f"/v1/assessments/{key}/raters")).json["requests"] is None
    ops = service.using(token("ops"))
    for path in ("/v1/assessments", "/v1/cycles", "/v1/rollups?unit=N&period=2026Q4"):
        assert (await ops.get(path)).code == "role-missing"
    assert (await service.using(None).get("/v1/assessments")).status == 401


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (b"", "response-invalid", ""),
        (b"{", "response-invalid", ""),
        (b"\xff\xfe", "response-invalid", ""),
        (b"[]", "response-invalid", ""),
        (b'{"ratings": null}', "response-invalid", "/ratings"),
        (b'{"ratings": ["x"]}', "response-invalid", "/ratings/0"),
        (b'{"ratings": [1.5]}', "response-invalid", "/ratings/0"),
        (b'{"ratings": [3], "extra": 1}', "response-invalid", ""),
        (orjson.dumps({"ratings": [3] * 32 + [7]}), "response-invalid", "/ratings/32"),
        (orjson.dumps({"ratings": [3] * 33, "relevance": [1]}), "response-invalid", "/relevance"),
    ],
)  # fmt: skip
async def test_nonsense_is_refused_with_a_pointer(service, token, body, code, pointer):
    cycle = await opened(service)
    request = await request_of(service, token, "a3", cycle, "a3")
    own = as_person(service, token, "a3")
    refused = await own.post(f"/v1/rater-requests/{request['request_id']}/response", data=body)
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
    assert (await own.post(path, json={"raters": [partner]})).json == {"invited": 1}
    assert (await own.post(path, json={"raters": [partner]})).json == {"invited": 0}
    asked = {item["category"]: item["asked"] for item in (await own.get(path)).json["asked"]}
    assert asked == {"self": 1, "manager": 1, "partner": 1}
    wrong = [
        {"person_id": str(identity("a1")), "category": "peer"},
        {"person_id": str(identity("nobody")), "category": "peer"},
        {"person_id": str(identity("c2")), "category": "peer"},
    ]
    refused = await own.post(path, json={"raters": wrong})
    assert refused.code == "raters-invalid"
    assert [error["pointer"] for error in refused.json["errors"]] == [
        "/raters/0/person_id", "/raters/1/person_id", "/raters/2/category",
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
    body = b"\n".join([b"nonsense", *lines, b'{"ratings": [9]}', b""])
    report = (await service.post("/v1/responses/bulk", data=body)).json
    assert (report["received"], report["created"], report["completing"]) == (len(lines) + 2, len(lines), 6)
    assert [(item["line"], item["code"]) for item in report["rejected"]] == [
        (1, "line-malformed"), (len(lines) + 2, "line-malformed"),
    ]  # fmt: skip

    async def completed():
        found = await service.get(f"/v1/assessments?cycle={cycle['cycle_id']}&state=completed")
        return len(found.json["items"]) == 6

    await wait_for(completed)
    again = (await service.post("/v1/responses/bulk", data=b"\n".join(lines))).json
    assert (again["unchanged"], again["created"], again["rejected"]) == (len(lines), 0, [])
    leader = as_person(service, token, "a0", units=("N",))
    assert (await leader.post("/v1/responses/bulk", data=body)).code == "role-missing"
