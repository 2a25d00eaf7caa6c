"""What exists is documented, and what the pages point to exists."""

import re
from pathlib import Path

import pytest
from prometheus_client import Counter
from prometheus_client.metrics import MetricWrapperBase

from deploy import cli, words
from deploy.contracts import setting_docs
from deploy.services import service_names
from shared.events.catalogue import every_event
from shared.telemetry import metrics
from tests.docs.pages import DOCS, PAGES, ROOT, anchors, links, name

METRICS = [value for value in vars(metrics).values() if isinstance(value, MetricWrapperBase)]
COMMANDS = [command.name or command.callback.__name__ for command in cli.app.registered_commands]
COMMANDS += [group.name for group in cli.app.registered_groups]
INTEGRATE = sorted((DOCS / "integrate").glob("*.md"))
TARGETS = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE)
EVERYTHING = "\n".join(page.read_text() for page in PAGES)


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_links_lead_somewhere(page: Path):
    for target in links(page):
        file, _, anchor = target.partition("#")
        found = (page.parent / file).resolve() if file else page
        assert found.exists(), target
        assert not anchor or anchor in anchors(found), target


@pytest.mark.parametrize("folder", [DOCS, DOCS / "decisions"], ids=name)
def test_every_page_is_in_its_index(folder: Path):
    listed = {(folder / target.partition("#")[0]).resolve() for target in links(folder / "README.md")}
    pages = set(folder.glob("*.md")) | set(DOCS.glob("operate/*.md") if folder == DOCS else ())
    assert pages - listed == {folder / "README.md"}


def test_settings_are_as_the_code_says():
    page = setting_docs.PAGE.read_text()
    assert setting_docs.page(page) == page, "run `python -m deploy.contracts.setting_docs`"


@pytest.mark.parametrize("kind", setting_docs.TABLES.values())
def test_every_setting_says_what_it_means(kind: type):
    assert all(field.description for field in kind.model_fields.values())


@pytest.mark.parametrize("metric", METRICS, ids=lambda metric: metric._name)
def test_metrics_are_documented(metric: MetricWrapperBase):
    exposed = f"{metric._name}_total" if isinstance(metric, Counter) else metric._name
    row = f"| `{exposed}` | {metric._type} | {', '.join(metric._labelnames)} | {metric._documentation} |"
    assert row in (DOCS / "operate" / "metrics.md").read_text()


def test_events_are_documented():
    page = (DOCS / "events.md").read_text()
    assert [event.type() for event in every_event() if f"`{event.type()}`" not in page] == []


def test_who_publishes_what_is_in_the_architecture():
    page = (DOCS / "architecture.md").read_text()
    rows = {service: re.search(rf"^\| `{service}` \|.*$", page, re.MULTILINE) for service in service_names()}
    assert all(rows.values())
    for event in every_event():
        published = rows[event.service].group().split("|")[3]
        assert f"`{event.fact}`" in published, event.type()


@pytest.mark.parametrize("command", COMMANDS)
def test_commands_are_documented(command: str):
    assert re.search(rf"^\| `steward {command}\b", (DOCS / "operate" / "run.md").read_text(), re.MULTILINE)


@pytest.mark.parametrize("target", TARGETS)
def test_make_targets_are_documented(target: str):
    assert target == "help" or f"`make {target}`" in (DOCS / "develop.md").read_text()


def test_pages_name_only_what_exists():
    assert set(re.findall(r"`make ([a-z]+)", EVERYTHING)) <= set(TARGETS)
    assert set(re.findall(r"`steward ([a-z]+)", EVERYTHING)) <= set(COMMANDS)
    known = {f"STEWARD_{field.upper()}" for field in setting_docs.Settings.model_fields} | {"STEWARD_TOKEN"}
    known |= {f"STEWARD_LOCAL_{field.upper()}" for field in setting_docs.LocalSettings.model_fields}
    assert set(re.findall(r"\bSTEWARD_[A-Z_]+[A-Z]", EVERYTHING)) <= known


@pytest.mark.parametrize("page", ["architecture.md", "develop.md", "glossary.md"])
def test_files_named_for_developers_exist(page: str):
    for path in re.findall(
        r"`((?:services|shared|deploy|tests)/[\w/]+\.(?:py|txt))`", (DOCS / page).read_text()
    ):
        if "0002_" not in path:
            assert (ROOT / path).exists(), path


def test_words_that_lint_refuses_are_in_the_glossary():
    table = (DOCS / "glossary.md").read_text().partition("| Instead of | Write |")[2]
    cells = re.findall(r"^\| ([a-z, ]+) \|", table, re.MULTILINE)
    phrases = {" ".join(pair) for pair in words.PHRASES}
    assert {word for cell in cells for word in cell.split(", ")} == set(words.WORDS) | phrases


def test_codes_that_guides_name_are_answered_so():
    table = (DOCS / "integrate" / "codes.md").read_text()
    known = dict(re.findall(r"^\| `([a-z0-9-]+)` \| ([\d, ]+) \|", table, re.MULTILINE))
    for page in INTEGRATE:
        for status, codes in re.findall(r"\b([45]\d\d) ((?:`[a-z0-9-]+`(?:, | or )?)+)", page.read_text()):
            for code in re.findall(r"`([a-z0-9-]+)`", codes):
                assert status in known.get(code, ""), (page.name, status, code)


@pytest.mark.parametrize("page", INTEGRATE, ids=lambda page: page.stem)
def test_every_guide_is_in_the_table_of_needs(page: Path):
    table = (DOCS / "integrate" / "README.md").read_text().partition("## An instance")[0]
    assert page.name == "README.md" or f"({page.name})" in table
