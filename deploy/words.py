"""Words that names in the source do not use, because the field has a standard term: docs/glossary.md.

`deploy.lint` runs it. What was there before the rule is listed in `known_words.txt` and may only become less:
``python -m deploy.words`` takes out of the list what the source no longer has, and never adds.

A line of the list is a place, a kind and a name. The place is a service, or `shared`, `deploy`, `tests`, so that
moving a module inside its place changes no line:

    services/planning name told       an identifier defined there
    shared module portions            a module or package
    shared twice documents            a module whose name means something else in another place or folder
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

ROOT = Path(__file__).parent.parent
KNOWN = Path(__file__).with_name("known_words.txt")
FOLDERS = ("services", "shared", "deploy", "tests")
ROOTS = {f"{folder}/__init__.py" for folder in FOLDERS}
FROZEN = re.compile(r"/migrations/|/first_revision/")
EXCUSE = "# lint: "  # on the line of a name that must stay, with the reason

# Refused as a part of any identifier or module name; behind it what to write. Test functions are named by
# sentences and are left alone, like docstrings.
WORDS = {
    **dict.fromkeys(("told", "tells", "telling"), "published"),
    "untold": "unpublished",
    **dict.fromkeys(("says", "said"), "states, stated"),
    "kept": "stored",
    "anew": "again, or rebuilt",
    "whoever": "the noun",
    "stands": "is",
    **dict.fromkeys(("edition", "editions"), "release"),
    **dict.fromkeys(("hidden", "withholding"), "suppressed, suppression"),
    **dict.fromkeys(("subtraction", "subtractions"), "differencing"),
    **dict.fromkeys(("portion", "portions"), "subset"),
    **dict.fromkeys(("snapshot", "snapshots"), "release, or resent state"),
    **dict.fromkeys(("ferry", "ferries", "crossing", "crossings"), "bridge"),
    **dict.fromkeys(("beat", "beats", "beating"), "heartbeat"),
    "carrying": "transfer",
    "adopting": "framework from the hub",
    "founding": "init",
    "recount": "rebuild",
    "resending": "republish",
    "settlement": "closing",
}
PHRASES = {("moved", "by"): "changed by"}

# Refused as names of modules, in the place that begins so: ordinary words that say too little, or two things.
MODULES: dict[str, dict[str, str]] = {
    "": {"publishing_totals": "aggregates", "kept": "schemas or store"},
    "shared": {
        "national": "regional_figures", "national_units": "regional_units", "consuming": "subscriber",
        "consumers": "subscriptions", "publishing": "publisher", "exported": "redaction", "seals": "signatures",
        "ending": "tasks", "outage": "outage_log", "exact": "strict_types", "work": "unit_of_work",
        "measure": "metrics", "documents": "openapi",
    },
    "services": {"publishing": "the noun that is published", "national_rollups": "national, with its noun inside"},
    "services/gateway": {
        "answer": "response_parser", "connections": "pool", "uploads": "streaming_client", "front": "dispatcher",
        "owners": "routes",
    },
    "services/assessment": {"sending": "rollup_events", "changes": "reliable_change"},
    "services/evaluation": {
        "measuring": "contributions", "five_levels": "kirkpatrick_levels", "reading": "queries",
        "groups": "queries",
    },
    "services/registry": {
        "behind": "pipeline", "ordered_ids": "uuid7", "people_sorting": "classify", "people_sql": "merge",
        "primaries": "primary_post", "closures": "reorganisation",
    },
    "deploy": {
        "raising": "problem_analysis", "event_rules": "compatibility", "readers": "external_readers",
        "instance": "secrets", "folder": "store", "documents": "files", "terminal": "files", "carrier": "bundle",
        "admission": "enrolment", "joining": "enrolment", "applying": "apply", "together": "demo",
        "contained": "reload",
    },
}  # fmt: skip

# Names of modules that mean the same wherever they are: the shape of a service, and the nouns that services share.
ONE_MEANING = {
    "access", "answers", "api", "assessment", "broker", "catalogue", "cli", "commands", "consumers",
    "database", "dead_letters", "demo", "erasure", "evaluation", "events", "federation", "follow_ups", "gateway",
    "health", "internal", "main", "metrics", "models", "national", "openapi", "people", "periods", "planning",
    "plans", "posts", "projects", "publication", "queries", "rater_subjects", "ratings", "rebuild",
    "region", "registry", "replays", "republish", "results", "roles", "routes", "scoring", "settings",
    "status", "suppression", "tables", "targets", "timers", "units",
}  # fmt: skip


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """One use of a refused word: `entry` is its line of the list, `remedy` the words to write."""

    path: str
    line: int
    entry: str
    remedy: str

    def __str__(self) -> str:
        """As compilers print it."""
        return (
            f"{self.path}:{self.line}: {self.entry.split(maxsplit=1)[1]!r}: {self.remedy} (docs/glossary.md)"
        )


def parts(name: str) -> list[str]:
    """The words of a name in lower case: `portions_told` and `PortionsTold` have two."""
    return [word.lower() for word in re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+", name)]


def refused(name: str) -> str | None:
    """What to write instead of a word of this name; none when all of them may stay."""
    single = parts(name)
    found = [*(WORDS.get(word) for word in single), *(PHRASES.get(pair) for pair in pairwise(single))]
    return next(filter(None, found), None)


def place(path: str) -> str:
    """The service, or the top-level folder, of a file; `path` is relative to the project's root."""
    folders = path.split("/")
    return "/".join(folders[:2]) if folders[0] == "services" and len(folders) > 2 else folders[0]


def identifiers(path: str, source: str) -> Iterator[Use]:
    """Refused words among the names that one file defines."""
    excused = {number for number, text in enumerate(source.splitlines(), 1) if EXCUSE in text}
    tree = ast.parse(source)
    fields = set(_fields(tree)) if path.startswith("shared/events/") else set()
    for node in ast.walk(tree):
        name = "" if node in fields else _defined(node)
        remedy = None if name.startswith("test_") else refused(name)
        line: int = getattr(node, "lineno", 0)
        if remedy and line not in excused:
            yield Use(path, line, f"{place(path)} name {name}", remedy)


def _fields(tree: ast.AST) -> Iterator[ast.AST]:
    """Fields of published events, which never change their names."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            yield from (part.target for part in node.body if isinstance(part, ast.AnnAssign))


def _defined(node: ast.AST) -> str:
    match node:
        case (
            ast.FunctionDef(name=str(name))
            | ast.AsyncFunctionDef(name=str(name))
            | ast.ClassDef(name=str(name))
        ):
            return name
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            return name
        case ast.arg(arg=name) | ast.alias(asname=str(name)):
            return name
        case ast.Name(id=name, ctx=ast.Store()) | ast.Attribute(attr=name, ctx=ast.Store()):
            return name
    return ""


def modules(paths: Iterable[str]) -> Iterator[Use]:
    """Refused names of modules and packages, and names that two places use for two things."""
    places: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for path in sorted(set(paths) - ROOTS):
        name, folder = _module(path)
        remedy = refused(name) or _by_place(place(path), name)
        if remedy and not name.startswith("test_"):
            yield Use(path, 1, f"{place(path)} module {name}", remedy)
        if not path.startswith("tests/") and name not in ONE_MEANING:
            places[name].setdefault(folder, path)
    for name, found in places.items():
        if len(found) > 1:
            others = " and ".join(found)
            for path in found.values():
                yield Use(path, 1, f"{place(path)} twice {name}", f"{others} mean two things by it")


def _module(path: str) -> tuple[str, str]:
    """The name of a module or package, and where it is: its service, or its folder outside services."""
    file = Path(path)
    found = file.parent if file.name == "__init__.py" else file.with_suffix("")
    return found.name, place(path) if path.startswith("services/") else str(found.parent)


def _by_place(where: str, name: str) -> str | None:
    found = (names.get(name) for beginning, names in MODULES.items() if where.startswith(beginning))
    return next(filter(None, found), None)


def known() -> set[str]:
    """The list of what was there before the rule."""
    return {line for line in KNOWN.read_text().splitlines() if line and not line.startswith("#")}


def source() -> dict[str, str]:
    """Path and content of every file of the project."""
    paths = (path for folder in FOLDERS for path in sorted((ROOT / folder).rglob("*.py")))
    return {str(path.relative_to(ROOT)): path.read_text() for path in paths}


def uses(files: dict[str, str]) -> list[Use]:
    """Every use of a refused word, by path and content of the files. Revisions are frozen and not looked at."""
    looked_at = {path: text for path, text in files.items() if not FROZEN.search(path)}
    found = [use for path, text in looked_at.items() for use in identifiers(path, text)]
    return sorted([*modules(looked_at), *found])


def check(files: dict[str, str], listed: set[str]) -> list[str]:
    """What the list does not name, and what it names for nothing."""
    found = uses(files)
    stale = listed - {use.entry for use in found}
    return [
        *(str(use) for use in found if use.entry not in listed),
        *(
            f"deploy/known_words.txt: {entry!r} is gone: run python -m deploy.words"
            for entry in sorted(stale)
        ),
    ]


def main() -> None:
    """Take out of the list what the source no longer has."""
    found = {use.entry for use in uses(source())}
    lines = KNOWN.read_text().splitlines()
    KNOWN.write_text("".join(f"{line}\n" for line in lines if line.startswith("#") or line in found))


if __name__ == "__main__":
    main()
