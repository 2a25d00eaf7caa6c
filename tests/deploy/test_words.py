"""Words that the field has better ones for are refused in names, and the list of old ones only becomes shorter."""

from pathlib import Path

import pytest

from deploy import words

FIRST = Path(__file__).with_name("first_known_words.txt")


def entries(path: str, source: str) -> list[str]:
    return [use.entry for use in words.identifiers(path, source)]


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("def portions_told(): pass", "portions_told"),
        ("async def says_why(): pass", "says_why"),
        ("class ToldFigures: pass", "ToldFigures"),
        ("def count(told): pass", "told"),
        ("def count(*, kept=None): pass", "kept"),
        ("lambda untold: 0", "untold"),
        ("_KEPT = 1", "_KEPT"),
        ("first, anew = 1, 2", "anew"),
        ("self.hidden = 1", "hidden"),
        ("total: int = 0\nedition: int = 0", "edition"),
        ("if (whoever := 1): pass", "whoever"),
        ("[0 for stands in ()]", "stands"),
        ("import shared as ferry", "ferry"),
        ("try: pass\nexcept ValueError as said: pass", "said"),
        ("match 1:\n    case beat: pass", "beat"),
        ("match []:\n    case [*beats]: pass", "beats"),
        ("moved_by = 1", "moved_by"),
        ("class A:\n    snapshot: int", "snapshot"),
    ],
)
def test_a_name_with_a_refused_word_is_found(source: str, name: str):
    assert entries("services/planning/plans/commands.py", source) == [f"services/planning name {name}"]


@pytest.mark.parametrize(
    ("path", "source"),
    [
        (
            "services/planning/api.py",
            "print(told, plan.kept, count(kept=1))",
        ),  # uses are named by their definition
        ("services/planning/api.py", "skept = heartbeat = 1\nmoved = by = 1"),
        ("services/planning/api.py", "kept: int  # lint: a field of the API"),
        ("shared/events/planning.py", "class PlanTotals:\n    untold: int = 0"),
        ("tests/planning/test_plans.py", "def test_what_stands_is_told(): pass"),
    ],
)
def test_other_names_stay(path: str, source: str):
    assert entries(path, source) == []


def test_only_fields_of_events_are_exempt():
    source = "class PlanTotals:\n    kept: int\n    def told(self): pass\nuntold = 1"
    assert sorted(entries("shared/events/planning.py", source)) == ["shared name told", "shared name untold"]


@pytest.mark.parametrize(
    ("path", "entry"),
    [
        ("shared/portions.py", "shared module portions"),
        ("shared/disclosure/hidden_cells.py", "shared module hidden_cells"),
        ("shared/http/national.py", "shared module national"),
        ("services/gateway/timers/ferry.py", "services/gateway module ferry"),
        ("services/planning/editions/__init__.py", "services/planning module editions"),
        ("services/registry/posts/primaries.py", "services/registry module primaries"),
        ("deploy/federation/folder.py", "deploy module folder"),
    ],
)
def test_a_module_with_a_refused_name_is_found(path: str, entry: str):
    assert [use.entry for use in words.modules([path])] == [entry]


def test_national_is_a_subject_of_services():
    services = ("assessment", "planning", "registry")
    assert list(words.modules([f"services/{name}/national/__init__.py" for name in services])) == []


def test_two_modules_of_one_name_are_found_in_different_places_only():
    one_service = ["services/planning/api/reasons.py", "services/planning/tables/reasons.py"]
    assert list(words.modules(one_service)) == []
    found = list(words.modules([*one_service, "services/registry/reasons.py", "shared/http/reasons.py"]))
    assert [use.entry for use in found] == [
        "services/planning twice reasons",
        "services/registry twice reasons",
        "shared twice reasons",
    ]
    within_shared = words.modules(["shared/reasons.py", "shared/http/reasons.py"])
    assert {use.entry for use in within_shared} == {"shared twice reasons"}


def test_the_shape_of_a_service_repeats():
    paths = [
        f"services/{name}/{subject}/api.py" for name in ("planning", "registry") for subject in ("a", "b")
    ]
    assert list(words.modules(paths)) == []


def test_a_new_name_is_refused_and_so_is_a_stale_line():
    files = {"shared/clock.py": "told = 1\nkept = 2", "shared/__init__.py": ""}
    new, stale = words.check(files, {"shared name kept", "shared name gone"})
    assert new.startswith("shared/clock.py:1:")
    assert "told" in new
    assert "shared name gone" in stale


def test_the_list_only_becomes_shorter():
    assert words.known() - set(FIRST.read_text().splitlines()) == set()


def test_what_is_gone_leaves_the_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    listed = tmp_path / "known_words.txt"
    listed.write_text("# Why.\nshared name gone\nshared name told\n")
    monkeypatch.setattr(words, "KNOWN", listed)
    monkeypatch.setattr(words, "source", lambda: {"shared/clock.py": "told = kept = 1"})
    words.main()
    assert listed.read_text() == "# Why.\nshared name told\n"
