"""What the source imports is in requirements.lock: a fresh clone has nothing else."""

import ast
import re
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

ROOT = Path(__file__).parents[2]
FOLDERS = ("services", "shared", "deploy", "tests", "client/python/steward_client")


def _imported(folder: str) -> Iterator[str]:
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_every_import_is_locked():
    locked = set(
        re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==", (ROOT / "requirements.lock").read_text(), re.MULTILINE)
    )
    distributions = packages_distributions()
    known = {*(Path(folder).name for folder in FOLDERS), *sys.stdlib_module_names}
    imported = {name.partition(".")[0] for folder in FOLDERS for name in _imported(folder)} - known
    missing = {
        name for name in imported if not locked & {_normal(d) for d in distributions.get(name, [name])}
    }
    assert missing == set()
