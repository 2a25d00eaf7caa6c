"""Which language a reader gets."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.assessment.frameworks.languages import chain, localised, wanted


@pytest.mark.parametrize(
    ("header", "tags"),
    [
        (None, []),
        ("fr", ["fr"]),
        ("en;q=0.5, fr", ["fr", "en"]),
        ("fr-CH, fr;q=0.9, *;q=0.1", ["fr-ch", "fr"]),
        ("fr;q=0, en", ["en"]),
        ("fr;q=2, en", ["en"]),
        ("\x00, ;;q=", []),
    ],
)
def test_accept_language(header, tags):
    assert wanted(header) == tags


@given(st.text(max_size=600))
def test_any_header_can_be_read(header):
    assert chain(wanted(header), ["en", "fr"], "en")[-1] in ("en", "fr")


def test_lookup_shortens_a_tag():
    assert chain(["fr-ch", "pt-br"], ["en", "fr", "pt-BR"], "en") == ["fr", "pt-BR", "en"]


def test_only_language_maps_are_replaced():
    content = {
        "name": {"en": "A", "fr": "B"},
        "weights": {"VS": 2},
        "list": [{"text": {"sw": "C"}}],
        "empty": {},
    }
    assert localised(content, ["fr", "en"]) == {
        "name": "B",
        "weights": {"VS": 2},
        "list": [{"text": "C"}],
        "empty": {},
    }
