"""The indicator catalogue is complete along the chain and says what is computed."""

import pytest

from services.evaluation.indicators.computed import COMPUTED
from shared.events.framework import COMPETENCIES
from tests.content.content import load

INDICATORS = load("evaluation/content/indicators.json")["indicators"]
CODES = [each["code"] for each in INDICATORS]
FIELDS = {
    "code", "version", "name", "purpose", "numerator", "denominator", "source", "unit", "factor", "direction",
    "frequency", "window_months", "chain", "evaluation_level", "competencies", "upstream", "disaggregations",
    "baseline", "targets", "minimum_cell", "owner", "dhis2_code", "references", "computed",
}  # fmt: skip
CHAIN = {"IN": ("input", 7), "OP": ("output", 9), "OC": ("outcome", 10), "IM": ("impact", 4)}


def test_thirty_indicators_along_the_chain() -> None:
    expected = [f"{stem}-{n:02}" for stem, (_, count) in CHAIN.items() for n in range(1, count + 1)]
    assert expected == CODES


@pytest.mark.parametrize("each", INDICATORS, ids=CODES)
def test_indicator_is_complete(each: dict) -> None:
    assert set(each) == FIELDS
    assert each["chain"] == CHAIN[each["code"][:2]][0]
    assert each["evaluation_level"] in {None, 1, 2, 3, 4, 5}
    assert each["direction"] in {"increase", "decrease"}
    assert each["frequency"] in {"quarter", "year"}
    assert each["factor"] in {1, 100}
    assert (each["unit"] == "%") <= (each["factor"] == 100)
    assert each["baseline"] is None
    assert each["minimum_cell"] == 5
    assert set(each["competencies"]) <= set(COMPETENCIES)
    assert set(each["upstream"]) <= set(CODES) - {each["code"]}
    assert each["references"]
    assert each["owner"]
    assert each["source"]
    assert each["dhis2_code"] == "STW_" + each["code"].replace("-", "_")
    assert all(each[part]["expression"].isidentifier() for part in ("numerator", "denominator"))


def test_upstream_never_runs_in_a_circle() -> None:
    upstream = {each["code"]: set(each["upstream"]) for each in INDICATORS}
    while free := {code for code, above in upstream.items() if not above}:
        upstream = {code: above - free for code, above in upstream.items() if code not in free}
    assert not upstream


def test_marked_as_computed_is_what_evaluation_computes() -> None:
    assert tuple(each["code"] for each in INDICATORS if each["computed"]) == COMPUTED
