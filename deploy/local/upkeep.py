"""``steward stop`` ends the stack that runs on a folder, ``steward reset`` removes its data."""

import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from deploy.data_folder.contents import DATA, empty
from deploy.data_folder.settings import local_settings
from deploy.federation.store.membership_store import Folder
from deploy.local.processes import StartError, wait_until

if TYPE_CHECKING:
    import psutil

    from deploy.local.stack import Stack

STOP_SECONDS = 90  # services, then PostgreSQL, which writes down what it holds


def stop() -> None:
    """Stop the stack that runs on ./.local, in order; data stay."""
    stack = _stack()
    typer.echo(f"stopped {stack.folder}" if stop_running(stack) else f"Nothing runs on {stack.folder}.")


def reset(yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False) -> None:
    """Remove all data of ./.local, after naming them and asking; secrets, keys and logs stay."""
    stack = _stack()
    found = contents(stack.folder)
    if not found:
        raise StartError(f"{stack.folder} holds no data.")
    typer.echo("\n  ".join(["This removes for good:", *found]))
    if not yes and not typer.confirm("Remove them?"):
        raise StartError("Nothing was removed.")
    remove_data(stack)
    typer.echo("Removed. The next `steward run` begins with an empty instance.")


def stop_running(stack: "Stack") -> bool:
    """End the stack that runs on the folder of `stack` in order; False when none does. Raises StartError."""
    if not stack.folder.exists():
        return False
    try:
        stack.lock()
    except StartError:
        running = _owner(stack.folder)
    else:
        stack.stop()
        return False
    if running is None:
        return False
    os.kill(running.pid, signal.SIGTERM)
    wait_until(lambda: _ended(running), STOP_SECONDS, lambda: f"Process {running.pid} does not end.")
    return True


def contents(folder: Path) -> list[str]:
    """What `reset` removes from a folder, with what each is and its size, for people who are asked."""
    return [
        f"{folder / name}: {meaning}, {_size(folder / name)}"
        for name, meaning in DATA.items()
        if (folder / name).exists()
    ]


def remove_data(stack: "Stack") -> None:
    """Remove what `contents` names. Raises StartError for a stack that runs or belongs to a federation."""
    from deploy.local import strays

    stack.lock()
    try:
        belongs = Folder(stack.folder / "federation").role()
        if belongs != "none":
            raise StartError(
                f"{stack.folder} is a {belongs} of a federation: emptied, it would count from the beginning"
                " again and its figures would be taken for old ones. docs/operate/federation.md has the ways."
            )
        strays.end_all(stack.folder)
        empty(stack.folder)
    finally:
        stack.stop()


def _stack() -> "Stack":
    from deploy.local.stack import Stack  # loads the platform, which the other commands need not wait for

    return Stack(local_settings())


def _owner(folder: Path) -> "psutil.Process | None":
    """The `steward run` that keeps `folder`, None when it has just ended."""
    import psutil  # of the extra `local`: the image has the commands, and no stack to look after

    try:
        return psutil.Process(int((folder / "lock").read_text()))
    except (OSError, ValueError, psutil.NoSuchProcess):
        return None


def _ended(process: "psutil.Process") -> bool:
    """Whether it is gone, or only its parent has not asked how it ended."""
    return not process.is_running() or process.status() == "zombie"


def _size(path: Path) -> str:
    files = [path] if path.is_file() else path.rglob("*")
    total = sum(file.stat().st_size for file in files if file.is_file())
    return f"{total / 1_000_000:,.1f} MB"
