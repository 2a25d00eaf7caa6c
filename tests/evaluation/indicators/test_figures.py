"""Figures as their readers meet them: values, children, catalogue, what is published, bad questions."""

from collections.abc import AsyncIterator, Callable
from typing import Any

import nats
import pytest

from deploy.broker.server_settings import ADMIN
from shared.events import envelope
from shared.events.evaluation import IndicatorComputed, IndicatorValue
from tests.evaluation.world import values
from tests.served import Client
from tests.servers import INSTANCE, PASSWORDS


async def told(nats_url: str) -> AsyncIterator[IndicatorValue]:
    """What UP carries of the third quarter, until nothing came for a while; versions of a cell only rise."""
    connection = await nats.connect(nats_url, user=ADMIN, password=PASSWORDS[ADMIN])
    versions: dict[tuple[str, str, str], int] = {}
    decoder = envelope.decoder(IndicatorComputed)
    try:
        subscription = await connection.jetstream().subscribe(
            IndicatorComputed.subject(INSTANCE), ordered_consumer=True
        )
        while True:
            message = await subscription.next_msg(timeout=0.5)
            for item in decoder.decode(message.data).data.items:
                cell = (item.indicator, item.period, item.unit_code)
                assert versions.get(cell, 0) < item.version
                versions[cell] = item.version
                if item.period == "2026Q3":
                    yield item
    except TimeoutError:
        pass
    finally:
        await connection.close()


async def test_values_are_divided_once_and_say_as_of_when(client: Client) -> None:
    """Ten of ten covered; one of ten assessed has a plan; 10 of 40 hours were practice, all of one person."""
    (coverage,) = await values(client, unit="C", indicator="OP-01", period="2026Q3")
    assert (coverage["value"], coverage["numerator"], coverage["denominator"]) == (100.0, 10, 10)
    assert (coverage["as_of"], coverage["people"], coverage["suppressed"]) == ("2026-08-25", 10, False)
    (plans,) = await values(client, unit="D1", indicator="OP-04")
    assert (plans["value"], plans["unit"]) == (10.0, "%")
    (blend,) = await values(client, unit="C", indicator="OP-06")
    assert (blend["suppressed"], blend["value"], blend["people"]) == (False, 25.0, 1)


async def test_behaviour_is_shown_beside_the_unplanned(client: Client) -> None:
    """One person re-rated: told together to who may read that person."""
    (behaviour,) = await values(client, unit="C", indicator="OC-03")
    assert behaviour["beside"]["indicator"] == "OC-03:unplanned"
    assert (behaviour["people"], behaviour["beside"]["people"]) == (1, 1)
    assert not [item for item in await values(client, unit="C") if ":" in item["indicator"]]


async def test_children_are_whole_to_who_reads_everybody_in_them(client: Client) -> None:
    """Three people at F2, seven at F1: what nobody else is shown."""
    params = {"unit": "D1", "indicator": "OC-05", "period": "2026Q3"}
    children = (await client.get("/v1/indicator-values/children", params=params)).json["items"]
    assert [(item["unit_code"], item["people"], item["live"]) for item in children] == [
        ("F1", 7, True),
        ("F2", 3, True),
    ]
    (alone,) = await values(client, unit="F1", indicator="OC-05", period="2026Q3")
    assert (alone["people"], alone["suppressed"]) == (7, False)
    (above,) = (await client.get("/v1/indicator-values/children", params=params | {"unit": "C"})).json[
        "items"
    ]
    assert (above["unit_code"], above["denominator"]) == ("D1", 10)


async def test_before_a_release_who_may_not_read_individuals_sees_nothing(
    client: Client, nats_url: str, token: Callable[..., str]
) -> None:
    """Live to a programme manager; to a leader and to the hub there is nothing before a date has come."""
    query = "unit=C&indicator=OP-01&period=2026Q3"
    live = (await client.get(f"/v1/indicator-values?{query}")).json
    assert live["live"] is True
    assert live["items"][0]["numerator"] == 10
    leader = token("leader", units=("C",))
    found = (await client.get(f"/v1/indicator-values?{query}", token=leader)).json
    assert (found["live"], found["items"]) == (False, [])
    params = {"unit": "D1", "indicator": "OP-01", "period": "2026Q3"}
    children = await client.get("/v1/indicator-values/children", params=params, token=leader)
    assert (children.json["live"], children.json["items"]) == (False, [])
    assert [one async for one in told(nats_url)] == []


async def test_pages_follow_one_another(client: Client) -> None:
    """One a page gives what all at once give."""
    everything = await values(client, unit="C")
    found: list[Any] = []
    params = {"unit": "C", "limit": "1"}
    while True:
        page = (await client.get("/v1/indicator-values", params=params)).json
        found += page["items"]
        if page["next"] is None:
            break
        params["cursor"] = page["next"]
    assert found == everything
    assert len(found) > 5


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("unit=D1", 403, "unit-out-of-scope"),
        ("unit=X9", 404, "unit-unknown"),
        ("unit=D2&indicator=XX-1", 404, "indicator-unknown"),
        ("unit=D2&indicator=OC-03:unplanned", 404, "indicator-unknown"),
        ("unit=D2&period=2026", 422, "period-malformed"),
        ("unit=D2&cursor=nonsense", 422, "cursor-malformed"),
        ("unit=D2&limit=0", 422, None),
        ("", 422, None),
    ],
)
async def test_bad_questions_get_problems(
    client: Client, token: Callable[..., str], query: str, status: int, code: str | None
) -> None:
    """Outside the units, unknown, unreadable."""
    answer = await client.get(f"/v1/indicator-values?{query}", token=token("leader", units=("D2",)))
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert code is None or answer.code == code


async def test_the_catalogue_is_for_everybody_with_a_token(client: Client, token: Callable[..., str]) -> None:
    """Thirty indicators, nine of them computed; cacheable one by one."""
    leader = token("leader")
    assert (await client.using(None).get("/v1/indicators")).status == 401
    assert len((await client.get("/v1/indicators", token=leader)).json["items"]) == 30
    computed = (await client.get("/v1/indicators?computed=true&limit=5", token=leader)).json
    rest = (await client.get(f"/v1/indicators?computed=true&cursor={computed['next']}", token=leader)).json
    assert [item["code"] for item in computed["items"] + rest["items"]] == [
        "OC-01", "OC-02", "OC-03", "OC-04", "OC-05", "OP-01", "OP-04", "OP-05", "OP-06",
    ]  # fmt: skip
    one = await client.get("/v1/indicators/OP-01", token=leader)
    assert one.json["window_months"] == 24
    unchanged = await client.get(
        "/v1/indicators/OP-01", token=leader, headers={"If-None-Match": one.headers["ETag"]}
    )
    assert unchanged.status == 304
    assert (await client.get("/v1/indicators/XX", token=leader)).code == "indicator-unknown"
