"""Whoever is called finds each alarm, from it the runbook, and in that a command."""

import re

import pytest
import yaml

from tests.docs.pages import DOCS, ROOT, anchors

PAGE = (DOCS / "operate" / "on-call.md").read_text()
FILES = ("alerts.yml", "service-alerts.yml")
ALARMS = [
    rule
    for file in FILES
    for group in yaml.safe_load((ROOT / "deploy" / "observability" / file).read_text())["groups"]
    for rule in group["rules"]
]


def section(page: str, anchor: str) -> str:
    """The part of a page below the heading with this anchor."""
    parts = re.split(r"^(#+ .+)$", page, flags=re.MULTILINE)
    for heading, text in zip(parts[1::2], parts[2::2], strict=True):
        if re.sub(r"[^\w\- ]", "", heading.lstrip("# ").lower()).replace(" ", "-") == anchor:
            return text
    raise AssertionError(anchor)


@pytest.mark.parametrize("alarm", ALARMS, ids=lambda alarm: alarm["alert"])
def test_every_alarm_leads_from_the_page_to_a_runbook_with_a_command(alarm):
    (row,) = [line for line in PAGE.splitlines() if line.startswith("| ") and f"`{alarm['alert']}`" in line]
    page, _, anchor = alarm["annotations"]["runbook_url"].partition("#")
    assert f"({page.rpartition('/')[2]}#{anchor})" in row
    assert anchor in anchors(ROOT / page)
    assert "```sh\n" in section((ROOT / page).read_text(), anchor)
