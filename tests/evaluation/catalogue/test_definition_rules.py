"""Which of two definitions holds, whether the software computes it, and what is wrong in one."""

from typing import Any

import pytest

from services.evaluation.catalogue.commands import content_of, item_of
from services.evaluation.catalogue.definitions import (
    Definition,
    alike,
    computes,
    current,
    problems,
    published_part,
)
from services.evaluation.catalogue.queries import delivered
from shared.events.framework import COMPETENCIES
from shared.messaging import outbox

KNOWN = delivered()
BASE = published_part(KNOWN["OP-01"])


def test_a_definition_comes_down_as_it_was() -> None:
    for content in KNOWN.values():
        assert alike(content, content_of(item_of(content)))


@pytest.mark.parametrize(("published", "holds"), [(1, False), (2, True), (3, True)])
def test_the_published_one_holds_unless_a_higher_number_is_delivered(published: int, holds: bool) -> None:
    release = {"OP-01": {**KNOWN["OP-01"], "version": 2}}
    said = {**BASE, "version": published, "name": {"en": "Coverage"}}
    wanted = {**release["OP-01"], "version": published, "name": {"en": "Coverage"}}
    assert current(release, {"OP-01": said})["OP-01"] == (wanted if holds else release["OP-01"])


def test_one_of_a_new_code_is_known_and_not_computed() -> None:
    shown = current(KNOWN, {"ZZ-01": {**BASE, "code": "ZZ-01"}})["ZZ-01"]
    assert (shown["computed"], shown["baseline"], shown["targets"]) == (False, None, [])
    assert not computes(KNOWN["IN-01"], published_part(KNOWN["IN-01"]))


@pytest.mark.parametrize(
    ("changes", "computed"),
    [
        ({"name": {"en": "Coverage"}, "owner": "ministry", "upstream": []}, True),
        ({"numerator": {**BASE["numerator"], "text": {"en": "those with one"}}}, True),
        ({"numerator": {**BASE["numerator"], "expression": "people_assessed_12m"}}, False),
        ({"denominator": None}, False),
        ({"window_months": 12}, False),
        ({"factor": 1, "unit": "share"}, False),
        ({"direction": "decrease"}, False),
        ({"minimum_cell": 10}, False),
    ],
)
def test_what_is_computed_is_the_very_measure(changes: Definition, computed: bool) -> None:
    assert current(KNOWN, {"OP-01": {**BASE, "version": 2, **changes}})["OP-01"]["computed"] is computed


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({}, []),
        ({"name": {"en": "Coverage"}}, ["/purpose", "/numerator/text", "/denominator/text"]),
        ({"denominator": {"expression": "x", "text": {"pt": "x"}}}, ["/denominator/text"]),
        ({"denominator": None, "unit": "people", "factor": 1}, []),
        ({"factor": 1000}, ["/factor"]),
        ({"competencies": ["VS", "XX", "VS"]}, ["/competencies/2", "/competencies/1"]),
        ({"upstream": ["IN-07", "XX-99", "OP-01"]}, ["/upstream/1", "/upstream/2"]),
        ({"disaggregations": ["sex", "sex"]}, ["/disaggregations/1"]),
        ({"references": ["a", "b", "a"]}, ["/references/2"]),
        ({"dhis2_code": "STW_OP_02"}, ["/dhis2_code"]),
    ],
)
def test_what_is_wrong_is_pointed_at(changes: Definition, wrong: list[str]) -> None:
    assert [error.pointer for error in problems({**BASE, **changes}, KNOWN, COMPETENCIES)] == wrong


def test_upstream_never_runs_in_a_circle() -> None:
    def upstream(code: str, *above: str) -> dict[str, Any]:
        return {**BASE, "code": code, "upstream": list(above), "dhis2_code": f"STW_{code[:1]}"}

    known = {"A": upstream("A"), "B": upstream("B", "A"), "C": upstream("C", "B", "GONE")}
    (error,) = problems(upstream("A", "C"), known, COMPETENCIES)
    assert (error.pointer, error.code) == ("/upstream/0", "upstream-circular")
    assert problems(upstream("D", "C"), known, COMPETENCIES) == []


def test_definitions_in_many_languages_go_in_several_events() -> None:
    texts = {f"l{place:02}": "é" * 500 for place in range(20)}
    item = item_of({**BASE, "name": texts, "purpose": texts})
    parts = list(outbox.parts([item] * 100))
    assert sum(map(len, parts)) == 100
    assert len(parts) > 1
    assert max(map(len, parts)) * 60_000 < 2 * outbox.BYTES
    assert [len(part) for part in outbox.parts(list(map(item_of, KNOWN.values())))] == [len(KNOWN)]
