"""What every process of the local stack needs: a port, a log, a clean end, secrets of its own."""

import fcntl
import json
import os
import random
import secrets
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Protocol


class StartError(RuntimeError):
    """A server of the local stack did not start; the message carries the end of its log."""


# Below the range from which the system takes ports for outgoing connections: a port found free there
# could be taken by any connection before its server binds it.
PORTS = range(20_000, 32_000)
_reserved: dict[int, int] = {}  # port: descriptor of its lock


def free_port(preferred: int = 0, *, fresh: bool = False) -> int:
    """`preferred` when nothing listens there and no other process was given it, otherwise another free one.

    What it returns is reserved for this process until it ends: servers that start in the same second get
    different ports. The process itself may have its preferred port again, as when a server starts again;
    not with `fresh`: then it may be that of another server of this process, which does not listen yet.
    """
    known = preferred in _reserved and not fresh
    if preferred and is_free(preferred) and (known or _reserve(preferred)):
        return preferred
    first = random.SystemRandom().randrange(len(PORTS))  # to shuffle them all took 25 ms
    for step in range(len(PORTS)):
        port = PORTS[(first + step) % len(PORTS)]
        if _reserve(port) and is_free(port):
            return port
    raise StartError("No free port on 127.0.0.1.")


def is_free(port: int) -> bool:
    """Whether a server could listen there now."""
    if port > 65_535:
        return False
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def _reserve(port: int) -> bool:
    """Reserve a port for this process until it ends, by a lock that ends with it; False when it is reserved."""
    folder = Path(tempfile.gettempdir()) / f"steward-ports-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    handle = os.open(folder / str(port), os.O_WRONLY | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return False
    _reserved[port] = handle
    return True


SIGN_OF_LIFE_SECONDS = 5.0


def wait_until(
    ready: Callable[[], bool],
    seconds: float,
    otherwise: Callable[[], str],
    *,
    waiting: Callable[[int], None] = lambda _: None,
) -> None:
    """Return when `ready` says so; raise StartError with `otherwise()` after `seconds`.

    `waiting` is called with the seconds gone, every five of them.
    """
    began = time.monotonic()
    reported = began
    while not ready():
        now = time.monotonic()
        if now > began + seconds:
            raise StartError(otherwise())
        if now > reported + SIGN_OF_LIFE_SECONDS:
            reported = now
            waiting(round(now - began))
        time.sleep(0.02)


def log_end(path: Path, lines: int = 15) -> str:
    """The last lines of a log file."""
    if not path.exists():
        return "(no log)"
    return "\n".join(path.read_text(errors="replace").splitlines()[-lines:])


class Process(Protocol):
    """What is ended: a `subprocess.Popen`, or one that was forked."""

    def poll(self) -> int | None:
        """How it ended, None while it runs."""

    def send_signal(self, how: signal.Signals, /) -> None:
        """Send a signal."""

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for its end. Raises `subprocess.TimeoutExpired`."""

    def kill(self) -> None:
        """SIGKILL."""


def end(process: Process, how: signal.Signals, seconds: float) -> None:
    """Ask a child to end with signal `how`, kill it after `seconds`."""
    if process.poll() is not None:
        return
    process.send_signal(how)
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def end_stray(pid: int, marker: str, how: signal.Signals, seconds: float = 20) -> None:
    """End what a killed run left behind: process `pid`, if it is the one that belongs to `marker`.

    The marker (a data folder or configuration file, in its command line or environment) keeps a
    reused process number safe.
    """
    import psutil  # of the extra `local`: the image has the commands, and no servers to start

    try:
        process = psutil.Process(pid)
        known = [" ".join(process.cmdline()), *process.environ().values()]  # a title is cut at its spaces
        if not any(marker in part for part in known):
            return
        process.send_signal(how)
        try:
            process.wait(seconds)
        except psutil.TimeoutExpired:
            process.kill()
            process.wait(5)
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return  # gone, or somebody else's process with a reused number


def own_folder(path: Path) -> Path:
    """Make `path` for this user alone, and whatever this process and its children make from now on."""
    os.umask(0o077)
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o700)
    return path


def private_folder(path: Path) -> Path:
    """Make `path` for this user; others may pass through (PostgreSQL as another user) but not list."""
    path.mkdir(parents=True, exist_ok=True)
    path.chmod(0o711)
    return path


def stored_secrets(path: Path, names: list[str]) -> dict[str, str]:
    """Generated secrets by name, stored in `path` (mode 600); missing ones are added."""
    known: dict[str, str] = json.loads(path.read_text()) if path.exists() else {}
    missing = [name for name in names if name not in known]
    if missing:
        known |= {name: secrets.token_hex(24) for name in missing}
        beside = path.with_suffix(".new")
        descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(known, file, indent=1)
        beside.replace(path)
    return known
