"""Starts the Python processes of the local stack by forking one interpreter that has imported their code.

A service spends 1.1 s of processor time on imports before its first line runs, and each of six would. Forked,
it begins at once and shares the memory of its code with the others. It is still a process of its own: it has
its own environment, log and session, is killed alone, and outlives a stack that is killed.
"""

import atexit
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import weakref
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_lock = threading.Lock()
_server: "ForkServer | None" = None
_TITLE = 4096  # bytes, which a path has room in


class ForkServer:
    """`deploy.local.forkserver` as a child of this process, and the socket over which it takes orders."""

    def __init__(self, log: int) -> None:
        """Start it; what it has to say goes to the file with the descriptor `log`."""
        self._socket, its_end = socket.socketpair()
        # -P: no module is imported from the current folder.
        command = [sys.executable, "-P", "-m", "deploy.local.forkserver", str(its_end.fileno())]
        with its_end:
            self._process = subprocess.Popen(
                command,
                pass_fds=[its_end.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=log,  # not this process's own: its reader would wait for what is forked too
                stderr=log,
                # A process shows its title where its first environment is; without room a stray one is not known.
                env={**os.environ, "STEWARD_TITLE": " " * _TITLE},
                start_new_session=True,
            )
        atexit.register(self.close)

    def fork(self, order: Mapping[str, object], log: int, status: int) -> int:
        """The number of a new process, which it gives itself. Raises OSError where there is none.

        A server that is killed has thus either left no process, or one whose number comes all the same.
        """
        content = json.dumps(order).encode()
        socket.send_fds(self._socket, [len(content).to_bytes(4)], [log, status])
        self._socket.sendall(content)
        answer = self._socket.recv(4)
        if not answer:
            raise ConnectionResetError("The fork server ended; the log has its last words.")
        return int.from_bytes(answer)

    def close(self) -> None:
        """Let the server end; what was forked from it goes on."""
        self._socket.close()
        self._process.wait()


class Forked:
    """A running `main`; what it offers of `subprocess.Popen` means the same."""

    def __init__(
        self, main: str, arguments: Sequence[str], environment: Mapping[str, str], log: Path, title: str
    ) -> None:
        """Call `main` ("module:function") with `arguments`, shown as `title`; both outputs go to `log`.

        `environment` is added to this process's own. Raises OSError where nothing can be forked.
        """
        every = {**os.environ, **environment}
        order = {"main": main, "arguments": list(arguments), "environment": every, "title": title}
        order["folder"] = str(Path.cwd())
        self._status, its_end = os.pipe()
        weakref.finalize(self, os.close, self._status)  # not sooner: another thread may be looking at it
        self._reading = threading.Lock()
        self.returncode: int | None = None
        with log.open("ab") as output:
            try:
                self.pid = _fork(order, output.fileno(), its_end)
            finally:
                os.close(its_end)

    def poll(self) -> int | None:
        """How it ended, -N for signal N; None while it runs."""
        return self._look(0)

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for its end. Raises TimeoutExpired after `timeout` seconds."""
        if self._look(timeout) is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return self.returncode

    def send_signal(self, how: signal.Signals) -> None:
        """Send a signal; nothing where it has ended."""
        if self.poll() is None:
            with suppress(ProcessLookupError):  # it has just ended, and the server has not reported it yet
                os.kill(self.pid, how)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def _look(self, timeout: float | None) -> int | None:
        """Read how it ended, which the fork server writes."""
        look = select.poll()  # not select(): it takes no descriptor above 1023
        look.register(self._status, select.POLLIN)
        if self.returncode is None and look.poll(None if timeout is None else timeout * 1000):
            with self._reading:
                if self.returncode is None:
                    self._read(timeout)
        return self.returncode

    def _read(self, timeout: float | None) -> None:
        import psutil  # of the extra `local`: the image starts no servers

        code = os.read(self._status, 16)
        try:
            if not code:  # the server was killed: nobody will say how it ended, but that it did can be seen
                psutil.Process(self.pid).wait(timeout)
        except psutil.TimeoutExpired:
            return
        except psutil.NoSuchProcess:
            pass
        self.returncode = int(code or -signal.SIGKILL)


def _fork(order: Mapping[str, object], log: int, status: int) -> int:
    """A new process of the server that runs; of a new one where there is none, or where it was killed."""
    global _server
    with _lock:
        for _ in range(2):
            try:
                _server = _server or ForkServer(log)
                return _server.fork(order, log, status)
            except (BrokenPipeError, ConnectionError):
                _server = None
        raise ConnectionResetError("The fork server ends as soon as it starts; the log says why.")
