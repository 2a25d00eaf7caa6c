"""What a stack keeps in its folder, for others to read or to clear away."""

import json
import shutil
from pathlib import Path

from deploy.data_folder.settings import local_settings
from shared.settings import Settings

EXAMPLES = "examples.json"

# Data by name in the folder, with what people call them. Secrets, keys, ports, logs and traces are none.
DATA = {
    "postgres": "all people, units, assessments, plans and indicators",
    "nats": "events that were published",
    "clock": "how far domain time is ahead",
    "country.json": "what is known of the demonstration country",
    EXAMPLES: "what the API page is filled in with",
    "unfinished": "the mark that its load was broken off",
}


class NoStack(RuntimeError):
    """A command asks for a stack, and none has run on the folder."""


def folder_of_stack() -> Path:
    """The local stack's folder. Raises NoStack where none has run on it."""
    if not ((folder := local_settings().folder) / "issuer.pem").exists():
        raise NoStack(f"No stack has run on {folder.resolve()} yet: start one with `make run`.")
    return folder


def running_settings(folder: Path, service: str) -> Settings | None:
    """Settings of a service, or of `admin`, of the stack that runs or last ran on `folder`."""
    path = folder / "stack.json"
    if not path.exists():
        return None
    return Settings.model_validate(json.loads(path.read_text())["settings"][service])


def federation_beside(folder: Path, settings: Settings) -> Path | None:
    """The federation folder of the stack on `folder`, where it has one and `settings` are of that stack."""
    beside = folder / "federation"
    return beside if beside.is_dir() and running_settings(folder, settings.service) == settings else None


def empty(folder: Path) -> None:
    """Remove the data of a stack that does not run; its secrets, key and logs stay."""
    data = folder / "postgres"
    if data.is_symlink():  # PostgreSQL's user could not reach the folder
        shutil.rmtree(data.resolve(), ignore_errors=True)
        data.unlink()
    for name in DATA:
        path = folder / name
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


def remove(folder: Path) -> None:
    """Remove a stack's folder with everything it holds."""
    empty(folder)
    shutil.rmtree(folder, ignore_errors=True)
