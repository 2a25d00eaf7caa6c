"""Reason and destination of a leaving: what goes together."""

import json

import pytest

from services.registry.leavings.api import CONTENT
from services.registry.leavings.leaving import (
    DESTINATIONS,
    INTERNAL,
    REASONS,
    Leaving,
    check_leaving,
    continued,
)
from shared.fields import Wrong

AT = ("/reason", "/destination")


@pytest.mark.parametrize(
    "leaving",
    [
        Leaving(),
        Leaving("died"),
        Leaving("retired", "not-working"),
        Leaving("resigned", "abroad"),
        Leaving("transferred-out", "another-region"),
        Leaving("other"),
    ],
)
def test_what_goes_together(leaving):
    check_leaving(leaving, service=True, pointers=AT)


@pytest.mark.parametrize(
    ("leaving", "pointer"),
    [
        (Leaving(None, "abroad"), "/reason"),
        (Leaving("died", "abroad"), "/destination"),
        (Leaving("resigned", "another-unit"), "/destination"),
        (Leaving("resigned", "another-region"), "/destination"),
        (Leaving("transferred", "another-unit"), "/reason"),
        (Leaving("reassigned"), "/reason"),
    ],
)
def test_what_does_not(leaving, pointer):
    with pytest.raises(Wrong) as wrong:
        check_leaving(leaving, service=True, pointers=AT)
    assert (wrong.value.code, wrong.value.pointer) == ("leaving-wrong", pointer)


def test_a_post_that_goes_on_ends_for_a_reason_that_is_no_exit():
    for moves in (True, False):
        check_leaving(continued(moves), service=False, pointers=AT)


def test_every_code_has_names():
    content = json.loads(CONTENT.read_text())
    assert tuple(each["code"] for each in content["reasons"]) == REASONS
    assert tuple(each["code"] for each in content["destinations"]) == DESTINATIONS
    assert {each["code"] for each in content["reasons"] if each["kind"] == "internal"} == set(INTERNAL)
    for each in content["reasons"] + content["destinations"]:
        assert each["name"].keys() == {"en", "fr"}
