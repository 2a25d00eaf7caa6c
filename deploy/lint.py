"""This project's own rules of style, those that ruff does not know. ``python -m deploy.lint``."""

import ast
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from deploy import words

ROOT = Path(__file__).parent.parent
FOLDERS = ("services", "shared", "deploy", "tests", "client/python/steward_client")
GENERATED = "client/python/steward_client/generated/"  # by `make client`: long, and nobody's to edit
FILE_LINES = 250
FUNCTION_LINES = 40
VAGUE = {"base", "common", "core", "helpers", "manager", "managers", "misc", "util", "utils"}
CLOCK = "shared/clock.py"
WALL_CLOCK = {("datetime", "now"), ("datetime", "utcnow"), ("datetime", "today"), ("date", "today")}
EXCUSE = "# lint: "  # on the line of a finding, with the reason
SQL_CLOCK = ("now()", "current_date", "current_timestamp")


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken rule."""

    path: str
    line: int
    text: str

    def __str__(self) -> str:
        """As compilers print it."""
        return f"{self.path}:{self.line}: {self.text}"


def check(path: str, source: str) -> Iterator[Finding]:
    """Findings in one file; `path` is relative to the project's root."""
    length = source.count("\n")
    if length > FILE_LINES:
        yield Finding(path, length, f"{length} lines, {FILE_LINES} are the most: split it by business noun")
    if Path(path).stem in VAGUE:
        yield Finding(path, 1, f"the name {Path(path).stem!r} says nothing: name what it holds")
    excused = {number for number, text in enumerate(source.splitlines(), 1) if EXCUSE in text}
    for node in ast.walk(ast.parse(source)):
        for finding in (*_function(path, node), *_call(path, node), *_sql(path, node)):
            if finding.line not in excused:
                yield finding


def _function(path: str, node: ast.AST) -> Iterator[Finding]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and not path.startswith("tests/"):
        first = node.body[0]
        documented = ast.get_docstring(node, clean=False) is not None
        documentation = (first.end_lineno or 0) - first.lineno + 1 if documented else 0
        length = (node.end_lineno or 0) - node.lineno + 1 - documentation
        if length > FUNCTION_LINES:
            yield Finding(path, node.lineno, f"{node.name} has {length} lines, {FUNCTION_LINES} are the most")


def _call(path: str, node: ast.AST) -> Iterator[Finding]:
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return
    name = node.func.attr
    if path.startswith("services/") and name in {"commit", "rollback"}:
        yield Finding(path, node.lineno, f"{name}(): a transaction ends at the edge only")
    owner = node.func.value
    owned_by = owner.id if isinstance(owner, ast.Name) else getattr(owner, "attr", "")
    if (owned_by, name) in WALL_CLOCK and path != CLOCK and not path.startswith("tests/"):
        yield Finding(path, node.lineno, f"{owned_by}.{name}(): take the time from shared.clock")


def _sql(path: str, node: ast.AST) -> Iterator[Finding]:
    """SQL's own clock does not follow the one that tests and demonstrations move."""
    if (
        not path.startswith("services/")
        or not isinstance(node, ast.Constant)
        or not isinstance(node.value, str)
    ):
        return
    if any(word in node.value.lower() for word in SQL_CLOCK):
        yield Finding(path, node.lineno, "SQL's own clock: pass shared.clock.now() as a parameter")


def packages(root: Path) -> Iterator[Finding]:
    """Folders of source that import contracts would not see, because they are no packages."""
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            package = path.parent
            revisions = "migrations" in (package.name, package.parent.name)  # loaded by path
            if not revisions and not (package / "__init__.py").exists():
                yield Finding(str(package.relative_to(root)), 1, "no __init__.py")


def main() -> int:
    """Check every file; 1 when a rule is broken."""
    found = sorted({str(finding) for finding in packages(ROOT)})
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            place = str(path.relative_to(ROOT))
            if not place.startswith(GENERATED):
                found += map(str, check(place, path.read_text()))
    found += words.check(words.source(), words.known())
    for line in found:
        print(line)  # noqa: T201  # the report
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
