"""The intervention catalogue covers what proposals need, with modest gains."""

from itertools import product

import pytest

from shared.events.framework import APPROACHES, COMPETENCIES, DELIVERIES, LEVELS
from tests.content.content import load

CATALOGUE = load("planning/content/catalogue.json")
INTERVENTIONS = CATALOGUE["interventions"]
CODES = [each["code"] for each in INTERVENTIONS]


def test_at_least_forty_four_with_unique_codes() -> None:
    assert len(CODES) >= 44
    assert len(CODES) == len(set(CODES))


@pytest.mark.parametrize(("competency", "level"), list(product(COMPETENCIES, LEVELS)))
def test_every_competency_is_developed_at_every_level_by_two_approaches(competency: str, level: str) -> None:
    approaches = {
        each["approach"]
        for each in INTERVENTIONS
        if level in each["levels"] and any(c["code"] == competency for c in each["competencies"])
    }
    assert len(approaches) >= 2


@pytest.mark.parametrize("level", LEVELS)
def test_every_approach_serves_every_level(level: str) -> None:
    assert {each["approach"] for each in INTERVENTIONS if level in each["levels"]} == set(APPROACHES)


@pytest.mark.parametrize("each", INTERVENTIONS, ids=CODES)
def test_intervention_is_complete_and_modest(each: dict) -> None:
    assert each["approach"] in APPROACHES
    assert each["delivery"] in DELIVERIES
    assert set(each["levels"]) <= set(LEVELS)
    assert each["levels"]
    codes = [c["code"] for c in each["competencies"]]
    assert set(codes) <= set(COMPETENCIES)
    assert len(codes) == len(set(codes))
    assert codes
    assert all(0 < c["gain"] <= 30 for c in each["competencies"]), "no gain above 0.30 is assumed"
    assert each["hours"] > 0
    assert each["days_away"] >= 0
    assert each["cost"] >= 0
    assert all(isinstance(each[key], int) for key in ("hours", "days_away", "cost"))
    assert each["hours"] >= each["days_away"] * 4, "a day away holds at least half a day of learning"
    assert each["delivery"] != "online" or each["days_away"] == 0
    assert {"en", "fr"} <= set(each["languages"])
    assert set(each["prerequisites"]) <= set(CODES) - {each["code"]}


def test_a_prerequisite_is_open_to_whoever_needs_it() -> None:
    by_code = dict(zip(CODES, INTERVENTIONS, strict=True))
    for each in INTERVENTIONS:
        for needed in each["prerequisites"]:
            assert set(each["levels"]) <= set(by_code[needed]["levels"])
