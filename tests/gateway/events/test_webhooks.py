"""Webhooks over HTTP: subscribed, signed, delivered, rotated, replayed, ended."""

import asyncio
from functools import partial
from uuid import uuid4

import orjson
import pytest
import pytest_asyncio

from shared.events.planning import PlanAgreed
from shared.messaging.stream_names import WEBHOOKS, webhook
from tests.gateway.events.conftest import copied
from tests.gateway.events.receiver import Receiver, receiving
from tests.registry.builders import hired
from tests.servers import wait_for

pytestmark = pytest.mark.asyncio(loop_scope="module")

PLANS = ["steward.planning.plan-agreed.v1"]


@pytest_asyncio.fixture(loop_scope="module")
async def receiver():
    async with receiving() as running:
        yield running


async def subscribed(client, receiver: Receiver, **values) -> dict:
    answer = await client.post("/v1/webhooks", json={"url": receiver.url, "types": PLANS, **values})
    assert answer.status == 201, answer.body
    receiver.secrets.append(answer.json["secret"])
    return answer.json


async def agreed(country, unit: str = "E1A", about: tuple[str, str] | None = None) -> str:
    """An event of a plan, of a person and post at `unit`, who are new unless they are given; its id."""
    who, post = about or await hired(country.registry, unit)
    plan = str(uuid4())
    return await country.happened(PlanAgreed, plan_id=plan, person_id=who, post_id=post, unit_code=unit)


async def ended(client, webhook: dict) -> None:
    found = await client.get(f"/v1/webhooks/{webhook['webhook_id']}")
    gone = await client.delete(f"/v1/webhooks/{webhook['webhook_id']}", if_match=f'"{found.version}"')
    assert gone.status == 204, gone.body


async def test_an_event_is_the_same_in_feed_and_webhook(country, receiver):
    hook = await subscribed(country.gateway, receiver)
    begun = (await country.gateway.get("/v1/events/snapshot")).json["cursor"]
    event = await agreed(country)
    await wait_for(lambda: event in receiver.ids, 20)
    (fed,) = [
        one
        for one in (await country.gateway.get("/v1/events", params={"after": begun})).json
        if one["id"] == event
    ]
    assert receiver.taken[receiver.ids.index(event)] == fed
    assert receiver.headers[0]["Content-Type"] == "application/cloudevents+json"
    assert "traceparent" not in {name.lower() for name in receiver.headers[0]}
    log = (await country.gateway.get(f"/v1/webhooks/{hook['webhook_id']}/deliveries")).json["items"]
    assert [(one["event_id"], one["outcome"], one["status"]) for one in log] == [(event, "delivered", 200)]
    await ended(country.gateway, hook)


async def test_the_owner_gets_what_the_owner_may_read_and_wants(country, receiver):
    north = country.reader("hris", units=("SL-N",), subject="north")
    hook = await subscribed(north, receiver)
    await agreed(country, "E1A")
    mine = await agreed(country, "SL-N")
    await wait_for(lambda: mine in receiver.ids, 20)
    assert receiver.ids == [mine]
    await ended(north, hook)


async def test_whose_units_were_taken_away_is_shown_less_once_they_look_at_the_list(country, receiver):
    hook = await subscribed(country.reader("hris", units=("SL",), subject="less"), receiver)
    less = country.reader("hris", units=("SL-N",), subject="less")
    listed = (await less.get("/v1/webhooks")).json["items"]
    assert [each["webhook_id"] for each in listed] == [hook["webhook_id"]]
    stored = await country.broker.jetstream().get_last_msg(
        WEBHOOKS, webhook("subscription", hook["webhook_id"])
    )
    assert orjson.loads(stored.data)["owner"]["units"] == ["SL-N"]
    await ended(less, hook)


async def test_another_sign_in_does_not_meet_it(country, receiver):
    hook = await subscribed(country.gateway, receiver)
    other, at = country.reader("hris", units=("SL",), subject="other"), f"/v1/webhooks/{hook['webhook_id']}"
    asks = [("GET", at), ("POST", f"{at}/secrets"), ("POST", f"{at}/test"), ("GET", f"{at}/deliveries")]
    for method, path in asks:
        assert (await other.call(method, path)).code == "webhook-unknown", path
    assert (await other.call("DELETE", at, if_match='"1"')).code == "webhook-unknown"
    assert (await other.get("/v1/webhooks")).json["items"] == []
    assert (await country.reader("leader", subject="ama").get("/v1/webhooks")).code == "role-missing"
    await ended(country.gateway, hook)


async def test_two_secrets_are_valid_after_a_rotation(country, receiver):
    hook = await subscribed(country.gateway, receiver)
    at = f"/v1/webhooks/{hook['webhook_id']}"
    rotated = await country.gateway.post(f"{at}/secrets")
    assert rotated.status == 201
    assert rotated.json["secret"] != hook["secret"]
    receiver.secrets.append(rotated.json["secret"])  # it verifies with both
    tested = (await country.gateway.post(f"{at}/test")).json
    assert (tested["outcome"], tested["status"]) == ("test", 200)
    assert len(receiver.headers[-1]["webhook-signature"].split()) == 2
    receiver.secrets[0] = (await country.gateway.post(f"{at}/secrets")).json["secret"]
    assert (await country.gateway.post(f"{at}/test")).json["status"] == 200
    assert len(receiver.headers[-1]["webhook-signature"].split()) == 2
    assert "secret" not in (await country.gateway.get(at)).json
    await ended(country.gateway, hook)


async def test_a_replay_brings_everything_after_a_cursor_under_the_same_ids(country, receiver):
    begun = (await country.gateway.get("/v1/events/snapshot")).json["cursor"]
    about = await hired(country.registry, "E1A")  # one person: the order of several is nobody's promise
    events = [await agreed(country, about=about) for _ in range(3)]
    hook = await subscribed(country.gateway, receiver, after=begun)
    await wait_for(lambda: receiver.ids == events, 20)
    receiver.taken.clear()
    again = await country.gateway.post(f"/v1/webhooks/{hook['webhook_id']}/replay", json={"after": begun})
    assert again.status == 200, again.body
    await wait_for(lambda: receiver.ids == events, 20)
    await ended(country.gateway, hook)


async def test_a_receiver_that_is_gone_ends_it_and_one_that_comes_back_gets_all(country, receiver):
    receiver.answer = lambda _: (410, {})
    hook = await subscribed(country.gateway, receiver)
    at = f"/v1/webhooks/{hook['webhook_id']}"
    about = await hired(country.registry, "E1A")
    event = await agreed(country, about=about)
    await wait_for(partial(_state, country.gateway, at, "disabled"), 20)
    found = await country.gateway.get(at)
    assert found.json["reason"] == "gone"
    later = await agreed(country, about=about)
    await copied(country.broker)
    receiver.answer = lambda _: (200, {})
    changed = await country.gateway.patch(at, json={"state": "active"}, if_match=f'"{found.version}"')
    assert changed.status == 200, changed.body
    await wait_for(lambda: receiver.ids == [event, later], 20)
    await ended(country.gateway, hook)


async def test_metrics_say_how_it_goes(country, receiver):
    hook = await subscribed(country.gateway, receiver)
    await copied(country.broker)
    body = (await country.gateway.metrics()).body
    assert b'steward_webhooks{service="gateway",state="active"} 1.0' in body
    assert b'steward_webhooks{service="gateway",state="failing"} 0.0' in body
    assert b'steward_feed_lag_events{service="gateway"} 0.0' in body
    await ended(country.gateway, hook)


async def _state(client, at: str, state: str) -> bool:
    return (await client.get(at)).json["state"] == state


async def test_redirects_are_not_followed_and_addresses_are_checked(country, receiver):
    receiver.answer = lambda _: (307, {"Location": receiver.url})
    hook = await subscribed(country.gateway, receiver)
    at = f"/v1/webhooks/{hook['webhook_id']}"
    assert (await country.gateway.post(f"{at}/test")).json["status"] == 307
    assert len(receiver.asked) == 1
    for url in (
        "https://10.0.0.1/",
        "https://[64:ff9b::7f00:1]/",
        "https://user@a.example/",
        "ftp://a.example/",
    ):
        answer = await country.gateway.post("/v1/webhooks", json={"url": url})
        assert (answer.status, answer.code) == (422, "webhook-refused"), url
        changed = await country.gateway.patch(at, json={"url": url}, if_match='"1"')
        assert changed.code == "webhook-refused", url
    await ended(country.gateway, hook)


async def test_asked_twice_under_one_key_there_is_one(country, receiver):
    body = {"url": receiver.url, "types": PLANS}
    first, second = [await country.gateway.post("/v1/webhooks", json=body, key="k-1") for _ in range(2)]
    assert [each.json["webhook_id"] for each in (first, second)] == [first.json["webhook_id"]] * 2
    assert first.json["secret"] == second.json["secret"]
    assert len((await country.gateway.get("/v1/webhooks")).json["items"]) == 1
    await ended(country.gateway, first.json)


@pytest.mark.parametrize("types", [["steward.assessment.rollups-published.v1"], ["*"], [""]])
async def test_a_type_that_nobody_is_shown_cannot_be_asked_for(country, receiver, types):
    answer = await country.gateway.post("/v1/webhooks", json={"url": receiver.url, "types": types})
    assert (answer.status, answer.code) == (422, "event-type-unknown")


async def test_a_cursor_of_the_feed_is_none_of_a_log_and_the_other_way_round(country, receiver):
    """Where tests are counted between two cursors of the feed, they count what happened to everybody meanwhile."""
    hook, other = [await subscribed(country.gateway, receiver) for _ in range(2)]
    logs = [f"/v1/webhooks/{each['webhook_id']}" for each in (hook, other)]
    await country.gateway.post(f"{logs[0]}/test")
    fed = (await country.gateway.get("/v1/events/snapshot")).json["cursor"]
    logged = (await country.gateway.get(f"{logs[0]}/deliveries", params={"limit": "1"})).json["next"]
    assert (await country.gateway.get(f"{logs[0]}/deliveries", params={"cursor": logged})).status == 200
    for path, asked in (
        (f"{logs[0]}/deliveries", {"cursor": fed}),
        (f"{logs[1]}/deliveries", {"cursor": logged}),
        ("/v1/events", {"after": logged}),
    ):
        assert (await country.gateway.get(path, params=asked)).code == "cursor-malformed", path
    for each in (hook, other):
        await ended(country.gateway, each)


async def test_one_owner_has_twenty_webhooks_however_many_are_asked_for_at_once(country, receiver):
    owner = country.reader("hris", units=("SL",), subject="many")
    body = {"url": receiver.url, "types": PLANS}
    answers = await asyncio.gather(*(owner.post("/v1/webhooks", json=body) for _ in range(30)))
    assert sorted({answer.status for answer in answers}) == [201, 409]
    own = (await owner.get("/v1/webhooks")).json["items"]
    assert len(own) == 20
    for each in own:
        await ended(owner, each)


async def test_under_one_key_the_secret_is_rotated_once(country, receiver):
    hook = await subscribed(country.gateway, receiver)
    at = f"/v1/webhooks/{hook['webhook_id']}/secrets"
    both = await asyncio.gather(*(country.gateway.post(at, key="rotated") for _ in range(2)))
    assert [each.status for each in both] == [201, 201]
    assert both[0].json["secret"] == both[1].json["secret"] != hook["secret"]
    assert {each.json["version"] for each in both} == {2}
    other = (await country.gateway.post(at, key="once more")).json
    assert other["version"] == 3
    assert (await country.gateway.post(at, key="rotated")).json["secret"] == both[0].json["secret"]
    await ended(country.gateway, hook)


async def test_operators_end_a_webhook_whose_owner_is_gone(country, receiver):
    hook = await subscribed(country.gateway, receiver)
    operator = country.reader("ops", subject="operator")
    found = {each["webhook_id"]: each for each in (await operator.get("/v1/all-webhooks")).json["items"]}
    about = found[hook["webhook_id"]]
    assert (about["host"], about["state"], "url" in about) == ("127.0.0.1", "active", False)
    at = f"/v1/all-webhooks/{hook['webhook_id']}"
    assert (await country.gateway.delete(at)).code == "role-missing"
    assert (await operator.delete(at)).status == 204
    assert (await operator.delete(at)).code == "webhook-unknown"
    assert (await country.gateway.get(f"/v1/webhooks/{hook['webhook_id']}")).code == "webhook-unknown"
