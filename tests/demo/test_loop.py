"""The loop's parts that need no stack: what it reads, whom it asks, and that it notices what is wrong."""

from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from deploy.demo import mandoria, registering, registration, staffing, verifying
from deploy.demo.api import Api, NotReached, Refused
from deploy.demo.ledger import Assessed, Ledger
from deploy.demo.model import Unit
from deploy.demo.rater_relations import Colleagues
from deploy.demo.registration import Ids
from deploy.demo.run import Run, StepFailed
from steward_client import Client


class CannedClient(Client):
    """Answers from a table instead of a gateway."""

    def __init__(self, answers: dict[str, Any]) -> None:
        super().__init__("http://nowhere", "token")
        self.answers = answers

    async def call(self, method: str, path: str, **options: Any) -> Any:
        return self.answers[path]


class Canned(Api):
    """Everybody gets the same answers."""

    def __init__(self, answers: dict[str, Any]) -> None:
        super().__init__("http://nowhere", lambda *_: "token", units=("MD",))
        self.answers = answers

    def acting(self, who: str = "programme-manager") -> Client:
        return CannedClient(self.answers)


def run_with(answers: dict[str, Any], people: int = 6) -> Run:
    """A run in which some people of one facility were assessed, each with 300 everywhere."""
    country = staffing.staff(
        mandoria.country(regions=1, districts=1, centres=1, posts=1), seed=1, since=date(2026, 1, 1)
    )
    country.units = country.units[:1]
    ledger = Ledger({"MD": ("MD",)}, {})
    for n in range(people):
        scores, none = [300] * 11, frozenset[int]()
        item = Assessed(
            str(n), str(n), "MD", "B", "cycle", None, date(2026, 11, 1), n, scores, scores, [400] * 11,
            [1] * 11, none,
        )  # fmt: skip
        ledger.assessed[item.assessment_id] = item
    return Run(
        Canned(answers), lambda _: None, country, Ids({}, {}), ledger, Colleagues(country), {}, {}, {},
        days=[date(2026, 11, 1)],
    )  # fmt: skip


def rollup(people: int, mean: int) -> dict[str, Any]:
    figures = [{"people": people, "mean": mean} for _ in range(11)]
    level = {"level": "B", "live": people > 4, "people": people, "suppressed": False, "figures": figures}
    return {"levels": [level]}


async def test_right_rollups_pass() -> None:
    await verifying.check_rollups(run_with({"/v1/rollups": rollup(6, 300)}))


@pytest.mark.parametrize("wrong", [rollup(7, 300), rollup(6, 301)])
async def test_wrong_rollups_are_noticed(wrong: dict[str, Any]) -> None:
    with pytest.raises(StepFailed, match="MD B"):
        await verifying.check_rollups(run_with({"/v1/rollups": wrong}))


async def test_a_small_cell_that_is_shown_is_noticed() -> None:
    with pytest.raises(StepFailed, match="shows 4 people"):
        await verifying.check_rollups(run_with({"/v1/rollups": rollup(4, 300)}, people=4))


async def test_an_incomplete_view_is_noticed() -> None:
    run = run_with({"/v1/units/MD/overview": {"missing": [{"part": "rollup"}]}})
    run.plans = {run.country.posts[0].key: {}}  # type: ignore[typeddict-item]
    run.ids.people[run.country.posts[0].person.key] = "p"
    run.api.answers["/v1/people/p/profile"] = {"missing": []}  # type: ignore[attr-defined]
    with pytest.raises(StepFailed, match="overview"):
        await verifying.check_views(run)


async def test_waiting_ends_with_what_was_seen() -> None:
    async def probe() -> int:
        return 3

    with pytest.raises(NotReached, match="last seen: 3"):
        await Canned({}).until("the impossible", probe, lambda found: found > 3, seconds=0.1)


def test_a_refusal_tells_its_code() -> None:
    assert Refused("GET", "/v1/units", 403, '{"code": "role-missing"}').code == "role-missing"
    assert Refused("GET", "/v1/units", 502, "<html>").code == ""


def test_the_made_up_list_has_every_facility_once() -> None:
    units = mandoria.country()
    lines = registration.facility_csv(units).decode().splitlines()
    assert lines[0].split(",") == list(registration.FIELDS)
    codes = [line.split(",")[0] for line in lines[1:]]
    assert codes == [unit.code for unit in units if unit.level == "facility"]


@pytest.mark.parametrize(("name", "code"), [("Sierra Leone", "SL"), ("Kenya", "KE"), ("", "XX")])
def test_country_codes(name: str, code: str) -> None:
    assert registering.country_code(name) == code


def test_a_list_tells_its_country_and_columns(tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("Pays;Nom;Facility type\nKenya;Alpha;Health Centre\n")
    source = registering.published(path, {"name": "Nom"})
    assert (source.code, source.columns) == ("KE", {"name": "Nom"})
    assert registering.published(path).columns == {}


def test_a_list_with_refused_lines_goes_on_with_the_rest() -> None:
    line = {"line": 3, "code": "code-ambiguous", "pointer": "/code", "detail": "Line 4 has the same code."}
    report = {"received": 5, "created": 2, "updated": 0, "rejected_count": 3, "rejected": [line, line]}
    said = registering.refusals(report)
    assert said[0].startswith("refused: 2 code-ambiguous /code (line 3: Line 4")
    assert said[1] == "refused: 1 more that the report does not list"
    assert registering.refusals({"rejected_count": 0, "rejected": []}) == []


@pytest.mark.parametrize("content", [b"", b"Country,Facility name\n", b"\xff\xfe\x00\x01"])
def test_a_file_that_is_no_list_is_said_to_be_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "list.csv"
    path.write_bytes(content)
    with pytest.raises(StepFailed, match=r"list\.csv"):
        registering.published(path)


def test_nobody_rates_twice_and_everybody_rates_themselves() -> None:
    country = staffing.staff(mandoria.country(), seed=1, since=date(2026, 1, 1))
    colleagues = Colleagues(country)
    ids = Ids(
        {post.person.key: post.person.key for post in country.posts}, {p.key: p.key for p in country.posts}
    )
    for post in country.posts[::37]:
        raters = colleagues.raters(post, ids)
        keys = [rater.key for _, rater in raters]
        assert len(keys) == len(set(keys))
        counts = Counter(category for category, _ in raters)
        assert counts["self"] == 1
        assert counts["manager"] == (1 if post.manager else 0)
        assert max(counts["peer"], counts["report"]) <= 3
        assert raters == colleagues.raters(post, ids)


def test_a_long_list_has_teams_in_its_first_facilities_alone() -> None:
    facilities = [Unit(f"F{n:05}", "F", "facility", "Health Center", "MD") for n in range(staffing.LONG + 1)]
    units = [Unit("MD", "Mandoria", "country", "Country"), *facilities]
    by_unit = staffing.staff(units, seed=1, since=date(2026, 1, 1), lean=True).by_unit()
    sizes = Counter(len(by_unit[unit.code]) for unit in facilities)
    assert sizes == {5: staffing.WITH_TEAMS, 1: staffing.LONG + 1 - staffing.WITH_TEAMS}
