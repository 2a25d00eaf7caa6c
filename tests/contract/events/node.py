"""The reader's packages for Node.js, installed once for each lock file."""

import hashlib
import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest

FOLDER = Path(__file__).resolve().parent
PACKAGES = (FOLDER / "package.json", FOLDER / "package-lock.json")
OLDEST = 20  # of Node.js, as package.json says


class Done(NamedTuple):
    """How a script ended: its exit code and the one line that it printed."""

    code: int
    told: dict[str, Any]


def found(program: str) -> str:
    """Path of a program; without it the test fails in CI and is skipped elsewhere."""
    path = shutil.which(program)
    if path is None:
        missing(f"{program} is not installed")
    assert path is not None
    return path


def missing(reason: str) -> None:
    """In CI everything must be there."""
    if os.environ.get("CI"):
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def install(cache: pytest.Cache, folder: Path) -> None:
    """Make `folder` one in which the scripts run; packages come from `cache`, or from the registry once."""
    check_version()
    lock = hashlib.sha256(b"".join(path.read_bytes() for path in PACKAGES)).hexdigest()[:16]
    packages = cache.mkdir("event-reader") / lock
    if not packages.exists():
        _fetch(packages)
    (folder / "node_modules").symlink_to(packages / "node_modules")
    for script in FOLDER.glob("*.mjs"):
        shutil.copy(script, folder)


def check_version() -> None:
    """Node.js is there, and new enough."""
    said = subprocess.run([found("node"), "--version"], check=True, capture_output=True, text=True).stdout
    if int(said.removeprefix("v").split(".")[0]) < OLDEST:
        missing(f"node is {said.strip()}, {OLDEST} is the oldest that will do")


def _fetch(packages: Path) -> None:
    """Install beside the place and move: whoever else does the same at once, one of both stays."""
    work = packages.with_name(f"{packages.name}.{os.getpid()}")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    for path in PACKAGES:
        shutil.copy(path, work)
    command = [found("npm"), "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
    done = subprocess.run(command, check=False, cwd=work, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, f"npm ci: {done.stderr[-2000:]}"
    try:
        work.rename(packages)
    except OSError:
        shutil.rmtree(work)


def run(folder: Path, script: str, *arguments: str, environment: Mapping[str, str] | None = None) -> Done:
    """Run a script to its end; `environment` is all that it has beside PATH."""
    done = subprocess.run(
        [found("node"), script, *arguments],
        check=False,
        cwd=folder,
        env={"PATH": os.environ["PATH"], **(environment or {})},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.stdout, f"{script} ended with {done.returncode}: {done.stderr[-2000:]}"
    return Done(done.returncode, json.loads(done.stdout))
