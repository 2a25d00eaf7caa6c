"""A served assessment with a cycle to rate in, and the steps that raters take."""

from datetime import timedelta

import nats

from deploy.broker.server_settings import ADMIN
from shared import clock
from shared.messaging import outbox
from tests.assessment.world import identity
from tests.servers import PASSWORDS

NDJSON = {"Content-Type": "application/x-ndjson"}
THREES = {"ratings": [3] * 33}


async def publish(nats_url: str, *events) -> None:
    """Put registry's events on the stream, as registry's relay does."""
    client = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    for event in events:
        event_id, _, subject, payload = outbox.row((event, "batch", 1))
        await client.jetstream().publish(subject, payload, headers={"Nats-Msg-Id": str(event_id)})
    await client.close()


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
        "overlapping": True,  # the tests of a module open cycle after cycle over the same posts
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
