"""Rules for every content file: both languages everywhere, and no figure without a source."""

import re
from pathlib import Path

import pytest

from tests.content.content import FILES, ROOT, language_maps, load

SAME_WORD = {"Communication", "Leadership"}  # spelt alike in both languages
DOCUMENTATION = {"problem_codes", "problems", "examples"}  # of the HTTP API, in English
WORDED = [path for path in FILES if path.stem not in DOCUMENTATION]
FORTY_PER_CENT = re.compile(r"\b40\s*(%|per ?cent|pour ?cent)", re.IGNORECASE)


def relative(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_all_files_are_seen() -> None:
    content = {"framework", "roles", "overlay-emergency", "unit-instrument", "catalogue", "indicators"}
    assert {path.stem for path in FILES} >= content


@pytest.mark.parametrize("path", WORDED, ids=relative)
def test_both_languages_are_there_and_differ(path: Path) -> None:
    found = list(language_maps(load(relative(path))))
    assert found
    for texts in found:
        assert set(texts) == {"en", "fr"}
        assert all(text.strip() for text in texts.values())
        assert texts["en"] != texts["fr"] or texts["en"] in SAME_WORD, texts


@pytest.mark.parametrize("path", FILES + sorted(ROOT.glob("*/content/*.md")), ids=relative)
def test_the_unsourced_figure_is_never_repeated(path: Path) -> None:
    assert not FORTY_PER_CENT.search(path.read_text(encoding="utf-8"))
