"""A rater learns the name, role and unit of whom they rate, on assessment's word, and nothing else."""

import msgspec
import pytest

from shared import clock
from shared.auth.asked_raters import MINUTE, Subject, Subjects, sealed
from shared.auth.caller import subject_key
from shared.auth.tokens import DEVELOPMENT_ISSUER
from tests.conftest import PEPPER
from tests.registry.builders import hired

PATH = "/internal/rater-subjects"


def word(person_id: str, *, to: str = "rater", pepper: str = PEPPER, lasts: int = MINUTE) -> Subject:
    """Assessment's word that the sign-in `to` was asked about a person."""
    subject = Subject(
        request_id="11111111-1111-4111-8111-111111111111", person_id=person_id, unit_code="E1A",
        role_code="facility-manager", until=int(clock.now().timestamp()) + lasts,
    )  # fmt: skip
    return sealed(pepper, subject_key(PEPPER, DEVELOPMENT_ISSUER, to), subject)


def question(*subjects: Subject) -> bytes:
    return msgspec.json.encode(Subjects(list(subjects)))


async def test_names_are_told_on_assessments_word_and_nothing_else_is(registry, token):
    person_id, _ = await hired(registry, "E1A", {"family_name": "Bangura", "given_name": "Mariama"})
    rater = registry.using(token("leader", subject="rater"))
    answer = await rater.post(PATH, data=question(word(person_id)))
    assert answer.json["items"] == [
        {
            "request_id": "11111111-1111-4111-8111-111111111111",
            "family_name": "Bangura",
            "given_name": "Mariama",
            "role_code": "facility-manager",
            "role_name": answer.json["items"][0]["role_name"],
            "unit_code": "E1A",
            "unit_name": "Unit E1A",
        }
    ]
    assert answer.json["items"][0]["role_name"]["en"] == "Facility manager"
    assert (await rater.get(f"/v1/people/{person_id}")).code == "person-unknown"
    assert (await rater.get("/v1/people")).json["items"] == []


@pytest.mark.parametrize("how", ["other-rater", "other-person", "other-unit", "no-pepper", "late", "early"])
async def test_no_other_word_opens_a_name(registry, token, how):
    person_id, _ = await hired(registry, "E1A", {"family_name": "Hidden"})
    another, _ = await hired(registry, "E1B", {"family_name": "Hidden"})
    mine = word(person_id)
    subject = {
        "other-rater": word(person_id, to="somebody-else"),
        "other-person": msgspec.structs.replace(mine, person_id=another),
        "other-unit": msgspec.structs.replace(mine, unit_code="E1B"),
        "no-pepper": word(person_id, pepper=""),
        "late": word(person_id, lasts=-1),
        "early": word(person_id, lasts=3600),
    }[how]
    rater = registry.using(token("leader", subject="rater"))
    for asked in (question(subject), question(mine, subject)):
        refused = await rater.post(PATH, data=asked)
        assert (refused.status, refused.code) == (404, "person-unknown")
        assert b"Hidden" not in refused.body


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"items": 1}', b'{"items": [{}]}', b'{"items": [], "x": 1}', b"\xff"]
)
async def test_a_question_that_cannot_be_read_is_refused_like_one_without_a_word(registry, token, body):
    refused = await registry.using(token("leader", subject="rater")).post(PATH, data=body)
    assert (refused.status, refused.code) == (404, "person-unknown")
