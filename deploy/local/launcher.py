"""Starts the Python processes of the local stack by forking one interpreter that has imported their code.

A service spends 1.4 s of processor time on imports before its first line runs. Forked from the standard
library's fork server, which imports once a stack, it starts in 0.1 s and shares the memory of its code
with the others. Each is still a process of its own: it has its own environment, log and session, is killed
alone, and outlives a stack that is killed.
"""

import multiprocessing
import os
import signal
from collections.abc import Mapping, Sequence
from multiprocessing.connection import wait
from pathlib import Path
from pkgutil import resolve_name
from subprocess import TimeoutExpired
from typing import Any

from setproctitle import setproctitle

_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload(["deploy.local.preloaded"])


class Forked:
    """A running `main`; what it offers of `subprocess.Popen` means the same."""

    def __init__(
        self, main: str, arguments: Sequence[Any], environment: Mapping[str, str], log: Path, title: str
    ) -> None:
        """Call `main` ("module:function") with `arguments`, shown as `title`; both outputs go to `log`.

        `environment` is added to this process's own.
        """
        every = {**os.environ, **environment}
        # As a daemon it ends with this process; only a killed one leaves it behind.
        self._process = _context.Process(
            target=_become, args=(main, list(arguments), every, str(log), title), daemon=True
        )
        self._process.start()
        self.pid: int = self._process.pid or 0

    @property
    def returncode(self) -> int | None:
        """How it ended, -N for signal N; None while it runs."""
        return self._process.exitcode

    def poll(self) -> int | None:
        """The same."""
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for its end. Raises TimeoutExpired after `timeout` seconds."""
        if not wait([self._process.sentinel], timeout):
            raise TimeoutExpired(self._process.name, timeout or 0)
        return self.returncode

    def send_signal(self, how: signal.Signals) -> None:
        """Send a signal; nothing where it has ended."""
        if self.poll() is None:
            os.kill(self.pid, how)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)


def _become(main: str, arguments: list[Any], environment: dict[str, str], log: str, title: str) -> None:
    """In the child: what a command in a session of its own would be."""
    os.setsid()  # Ctrl-C reaches the supervisor alone
    output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for standard in (1, 2):
        os.dup2(output, standard)
    os.close(output)
    os.environ.clear()
    os.environ.update(environment)
    setproctitle(title)
    resolve_name(main)(*arguments)
