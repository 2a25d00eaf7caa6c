"""Whether revisions keep the rules of ``deploy/migrations/script.py.mako``. ``python -m deploy.revisions``.

squawk reads the SQL that each one runs. What it does not know: a revision expands the schema, moves data or
contracts the schema, never two of these; what `op` can say is not written as SQL; this project's code is not
imported. First revisions are left out: they make an empty schema, where no lock is in anybody's way.
"""

import ast
import io
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from alembic import command
from alembic.script import Script, ScriptDirectory

from deploy import database
from deploy.services import owners

ROOT = Path(__file__).parent.parent
CONFIGURATION = database.MIGRATIONS / "squawk.toml"
_EXCUSE = re.compile(r"^# lint: ([a-z-]+): \S.*$", re.MULTILINE)  # in the revision's file, with the reason
_KINDS = {
    "contracts the schema": re.compile(
        r"drop (table|index|view|materialized|sequence|type|schema)\b"
        r"|alter table .*\b(drop|set not null|validate)\b"
    ),
    "expands the schema": re.compile(r"create\b|alter table .*\badd\b"),
    # A block may do anything, and what it is written for is data.
    "moves data": re.compile(
        r"(update( only)?|insert into|delete from|merge into) (?!\"?alembic_version)|(with|truncate|copy|do) "
    ),
}
_OURS = ("deploy", "services", "shared")
_BY_HAND = re.compile(
    r"(?:\s|--[^\n]*\n|/\*.*?\*/)*((?:alter|create|drop)\s+(?:table|(?:unique\s+)?index)\b[^\n]*)",
    re.IGNORECASE | re.DOTALL,
)


def sql(service: str, script: Script) -> str:
    """What a revision runs, as text."""
    config = database.alembic_config(service)
    config.output_buffer = io.StringIO()
    command.upgrade(config, f"{script.down_revision}:{script.revision}", sql=True)
    return f"set lock_timeout = '{database.LOCK_TIMEOUT}';\n{config.output_buffer.getvalue()}"


def kinds(text: str) -> set[str]:
    """Which of expand, move and contract the statements of a revision are."""
    found = set()
    for statement in re.split(r";\s*\n", re.sub(r"^--.*$", "", text, flags=re.MULTILINE).lower()):
        for kind, pattern in _KINDS.items():
            if pattern.match(" ".join(statement.split())):
                found.add(kind)
                break
    return found


def own_findings(source: str, text: str) -> Iterator[tuple[str, str]]:
    """Rule and message for what squawk does not know, of a revision's `source` and SQL."""
    several = kinds(text)
    if len(several) > 1:
        yield "one-step", f"It {' and '.join(sorted(several))}: make a revision of each."
    for node in ast.walk(ast.parse(source)):
        for module in _imported(node):
            if module.partition(".")[0] in _OURS:
                yield "no-import", f"{module} will change, and this revision with it."
        text = node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
        if by_hand := _BY_HAND.match(text):
            yield "by-op", f"`{by_hand[1]}` can be said with op."


def _imported(node: ast.AST) -> list[str]:
    """Modules that a statement imports; one beside the revision is one of ours too."""
    if isinstance(node, ast.ImportFrom):
        return ["services." if node.level else str(node.module)]
    return [alias.name for alias in node.names] if isinstance(node, ast.Import) else []


def squawk(texts: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    """Name, rule and message for each finding in SQL texts by name."""
    with TemporaryDirectory() as folder:
        paths = {str(Path(folder) / f"{number}.sql"): name for number, name in enumerate(texts)}
        for path, name in paths.items():
            Path(path).write_text(texts[name])
        program = str(Path(sys.executable).with_name("squawk"))
        done = subprocess.run(
            [program, "--config", str(CONFIGURATION), "--reporter", "json", *paths],
            check=False,  # 1 when it found something
            capture_output=True,
            text=True,
        )
    if done.returncode not in (0, 1) or not done.stdout.strip():
        raise RuntimeError(f"squawk did not run: {done.stderr}")
    found: list[dict[str, Any]] = json.loads(done.stdout)
    for one in found:
        yield paths[one["file"]], one["rule_name"], one["message"]


def check(sources: dict[str, str], texts: dict[str, str]) -> list[str]:
    """A line for each broken rule; `sources` of revisions and their SQL by the same names."""
    found = list(squawk(texts))
    for name, source in sources.items():
        found += [(name, rule, message) for rule, message in own_findings(source, texts[name])]
    return sorted(
        f"{name}: {rule}: {message}"
        for name, rule, message in found
        if rule not in _EXCUSE.findall(sources[name])
    )


def main() -> int:
    """Check all revisions but the first of each service; 1 when a rule is broken."""
    sources, texts = {}, {}
    for service in owners():
        for script in ScriptDirectory.from_config(database.alembic_config(service)).walk_revisions():
            if script.down_revision is not None:
                name = str(Path(script.path).relative_to(ROOT))
                sources[name] = Path(script.path).read_text()
                texts[name] = sql(service, script)
    found = check(sources, texts)
    print(*found, sep="\n", end="\n" if found else "")  # noqa: T201  # the report
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
