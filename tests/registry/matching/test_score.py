"""How alike two records are, and by which keys they meet."""

import pytest

from services.registry.matching.score import ALIKE, Record, identifying, keys, likeness

AMINATA = Record(
    "1", "Kamara", "Aminata", "female", 1984, "Nurse", "+232 76 000 001", None, frozenset({"E1A"})
)


def other(**values):
    return AMINATA._replace(person_id="2", phone=None, **values)


@pytest.mark.parametrize(
    "known",
    [
        other(),
        other(given_name="Aminatta"),
        other(family_name="Aminata", given_name="Kamara"),
        other(family_name="KÁMARA", given_name="aminata"),
        other(birth_year=1985),
        other(given_name="Aminata Binta"),
        other(sex=None, units=frozenset()),
        other(cadre="Midwife", units=frozenset({"E1B"})),
        Record("2", "Kamara", "Aminata", phone="076 000 001"),
    ],
)
def test_one_person_written_in_two_ways_waits_for_a_decision(known):
    found = likeness(AMINATA, known)
    assert found.waits, found
    assert set(keys(AMINATA)) & set(keys(known)), "they meet"
    assert found.score == round(
        sum(p.alike * p.weight for p in found.parts) / sum(p.weight for p in found.parts)
    )


@pytest.mark.parametrize(
    "known",
    [
        other(given_name="Fatmata", birth_year=1990),
        other(given_name="Amadu"),
        other(family_name="Kargbo"),
        other(birth_year=1964),
        other(family_name="Bangura", given_name="Isatu"),
        other(sex="male", birth_year=1985, cadre="Doctor"),
        Record("2", "Kamara", "Aminata"),
        Record("2", "Kamara", "Aminata", sex="female"),
    ],
)
def test_another_person_or_too_little_to_tell_by_does_not(known):
    found = likeness(AMINATA, known)
    assert found.score < ALIKE, found
    assert found == likeness(known, AMINATA)


def test_each_field_has_its_part():
    found = likeness(AMINATA, other(sex="male"))
    assert {part.field: part.alike for part in found.parts} == {
        "name": 100, "birth_year": 100, "sex": 0, "cadre": 100, "unit": 100,
    }  # fmt: skip


def test_what_identifies_both_has_one_digest_in_any_order():
    known = other()
    assert identifying(AMINATA, known) == identifying(known, AMINATA)
    assert identifying(AMINATA, known) != identifying(AMINATA, other(birth_year=1985))
    assert identifying(AMINATA, known) == identifying(AMINATA, known._replace(units=frozenset()))


def test_keys_are_few_whatever_a_name_is():
    for name in ("a " * 300, "", "-", "\u202e", "x" * 5000):
        assert len(keys(Record("1", name, name, birth_year=1984, phone="1", email="a@b.c"))) <= 12
