"""Registry judges event readers for the gateway alone, and nobody's word but its seal counts."""

import time
from uuid import UUID

import msgspec
import pytest

from shared.auth.event_readers import HEADER, MOST, Asked, Question, Reader, seal
from shared.clock import today
from tests.conftest import PEPPER
from tests.registry.builders import hired
from tests.registry.merged_people.asks import merge

pytestmark = pytest.mark.asyncio(loop_scope="module")
PATH = "/internal/event-scope"
HRIS = Reader(roles=["hris"], units=["SL"], subject_key="0" * 32)


def question(*items: Asked, reader: Reader = HRIS, until: float | None = None) -> bytes:
    ends = int(time.time() + 60 if until is None else until)
    return msgspec.json.encode(Question(reader=reader, until=ends, items=list(items)))


async def asked(registry, body: bytes, sent: str | None = None):
    headers = {HEADER: seal(PEPPER, body) if sent is None else sent}
    return await registry.using(None).call("POST", PATH, data=body, headers=headers)


async def test_a_question_without_the_gateways_seal_is_refused(registry, token):
    body = question()
    for caller, headers in (
        (None, {}),
        (token("service"), {}),
        (registry.token, {HEADER: seal("guess", body)}),
    ):
        answer = await registry.using(caller).call("POST", PATH, data=body, headers=headers)
        assert (answer.status, answer.code) == (403, "event-unsealed")
    other = question(Asked(right="unit.read", day=today()))
    assert (await asked(registry, other, seal(PEPPER, body))).code == "event-unsealed"
    for until in (time.time() - 1, time.time() + 3600):
        assert (await asked(registry, question(until=until))).code == "event-unsealed"


@pytest.mark.parametrize("body", [b"", b"[]", b"{}", b"\xff", b'{"reader": null}', b"[" * 500])
async def test_what_is_no_question_is_refused(registry, body):
    answer = await asked(registry, body)
    assert (answer.status, answer.code) == (422, "input-invalid")


async def test_no_more_is_judged_at_once_than_is_bounded(registry):
    items = [Asked(right="unit.read", day=today())] * (MOST + 1)
    assert (await asked(registry, question(*items))).code == "input-invalid"


async def test_who_and_what_is_not_known_is_not_shown(registry):
    known, _ = await hired(registry, "E1A")
    person, day = UUID(known), today()
    nobody = UUID("01a22d2f-2b67-7a18-a52b-87dda36e7777")
    items = [
        Asked(right="person.read", day=day, person=person, units=["E1A"], keeping=["E1A"]),
        Asked(right="person.read", day=day, person=nobody, units=["E1A"], keeping=["E1A"]),
        Asked(right="person.read", day=day, person=person, units=["NOWHERE"], keeping=["NOWHERE"]),
        Asked(right="no.such-right", day=day, person=person, units=["E1A"], keeping=["E1A"]),
        Asked(right="cycle.read", day=day, units=["NOWHERE"]),
        Asked(right="cycle.read", day=day, units=["E1A"]),
        Asked(right="release.read", day=day),
    ]
    assert (await asked(registry, question(*items))).json["items"] == [
        True, False, False, False, False, True, False,
    ]  # fmt: skip


async def test_what_was_of_a_merged_record_is_for_who_keeps_the_one_that_is_left(registry):
    left, _ = await hired(registry, "E1A")
    gone, _ = await hired(registry, "E1B")
    assert (await merge(registry, left, gone)).status == 200
    item = Asked(right="person.read", day=today(), person=UUID(gone), units=["E1B"], keeping=["E1B"])
    north = Reader(roles=["hris"], units=["SL-N"], subject_key="0" * 32)
    assert (await asked(registry, question(item))).json["items"] == [True]
    assert (await asked(registry, question(item, reader=north))).json["items"] == [False]


async def test_a_person_id_that_is_none_is_refused_and_not_an_error(registry):
    body = question(Asked(right="person.read", day=today(), person=UUID(int=7)))
    answer = await asked(registry, body.replace(str(UUID(int=7)).encode(), b"x"))
    assert (answer.status, answer.code) == (422, "input-invalid")
