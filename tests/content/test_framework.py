"""The framework is complete, in both languages, and its published English wording does not move."""

import hashlib
from itertools import product

import pytest

from shared.events.framework import APPROACHES, COMPETENCIES, DELIVERIES, LEVELS
from tests.content.content import SETTINGS, load

FRAMEWORK = load("assessment/content/framework.json")
OVERLAY = load("assessment/content/overlay-emergency.json")
ROLES = load("assessment/content/roles.json")
INSTRUMENT = load("assessment/content/unit-instrument.json")
WORDING = "9abad69b25bba072520e975cdc3973258743d80ee35c07453d81ab4452b10cbb"


def test_codes_and_order_are_the_contracts() -> None:
    assert tuple(each["code"] for each in FRAMEWORK["competencies"]) == COMPETENCIES
    assert tuple(each["code"] for each in FRAMEWORK["levels"]) == LEVELS
    assert tuple(each["code"] for each in FRAMEWORK["approaches"]) == APPROACHES
    assert tuple(each["code"] for each in FRAMEWORK["deliveries"]) == DELIVERIES


def test_ninety_nine_items_in_array_order() -> None:
    expected = [f"{c}-{level}-{n}" for c, level, n in product(COMPETENCIES, LEVELS, (1, 2, 3))]
    assert [item["code"] for item in FRAMEWORK["items"]] == expected
    assert all(
        item["code"].split("-")[:2] == [item["competency"], item["level"]] for item in FRAMEWORK["items"]
    )


def test_published_wording_is_frozen() -> None:
    """Version 1 is published: another wording is another version, not an edit."""
    lines = "\n".join(f"{item['code']} {item['text']['en']}" for item in FRAMEWORK["items"])
    assert hashlib.sha256(lines.encode()).hexdigest() == WORDING


@pytest.mark.parametrize("item", FRAMEWORK["items"] + OVERLAY["items"], ids=lambda item: item["code"])
def test_item_reads_as_a_behaviour_in_both_languages(item: dict) -> None:
    assert set(item["text"]) == set(item["self_text"]) == {"en", "fr"}
    assert item["text"]["en"] != item["text"]["fr"]
    for text in item["text"].values():
        assert text == text.strip()
        assert text[0].islower()
        assert not text.endswith(".")
    assert item["self_text"]["en"].startswith("I ")
    assert item["self_text"]["fr"].startswith(("Je ", "J'"))
    vowel = item["self_text"]["fr"].removeprefix("Je ")[0] in "aeiouéèêh"
    assert item["self_text"]["fr"].startswith("J'") or not vowel, "je is elided before a vowel"


def test_scale_and_rater_categories() -> None:
    assert [anchor["value"] for anchor in FRAMEWORK["scale"]["anchors"]] == [1, 2, 3, 4, 5]
    assert FRAMEWORK["scale"]["not_applicable"]["value"] is None
    weights = {each["code"]: each["weight"] for each in FRAMEWORK["rater_categories"]}
    assert weights == {"self": 0, "manager": 40, "peer": 30, "report": 30, "partner": 0}


def test_settings_have_their_key_competencies() -> None:
    assert {each["code"]: set(each["key_competencies"]) for each in FRAMEWORK["settings"]} == SETTINGS


@pytest.mark.parametrize("role", ROLES["roles"], ids=lambda role: role["code"])
def test_role_profile_follows_its_setting(role: dict) -> None:
    assert role["level"] in LEVELS
    assert tuple(role["profile"]) == COMPETENCIES
    for competency, each in role["profile"].items():
        assert 1 <= each["target"] <= 5
        assert each["weight"] == (2 if competency in SETTINGS[role["setting"]] else 1)


def test_roles_cover_every_level_and_setting() -> None:
    found = {(role["level"], role["setting"]) for role in ROLES["roles"]}
    assert found == set(product(LEVELS, SETTINGS))
    codes = [role["code"] for role in ROLES["roles"]]
    assert len(codes) == len(set(codes))


def test_overlay_adds_without_touching_core_codes() -> None:
    core = {item["code"] for item in FRAMEWORK["items"]}
    added = {item["code"] for item in OVERLAY["items"]}
    assert not core & added
    assert OVERLAY["framework"] == {"code": FRAMEWORK["code"], "version": FRAMEWORK["version"]}
    assert {(item["theme"], item["level"]) for item in OVERLAY["items"]} == set(
        product((theme["code"] for theme in OVERLAY["themes"]), LEVELS)
    )
    assert set(OVERLAY["weights"]) <= set(COMPETENCIES)


def test_unit_instrument_has_four_conditions_of_five_items() -> None:
    names = {each["code"]: each["name"] for each in FRAMEWORK["conditions"]}
    assert {each["code"]: each["name"] for each in INSTRUMENT["conditions"]} == names
    for condition in INSTRUMENT["conditions"]:
        assert [item["code"] for item in condition["items"]] == [
            f"{condition['code']}-{n}" for n in range(1, 6)
        ]
        assert any(item["critical"] for item in condition["items"])
