"""One service (or the trace store) of the local stack as a child process."""

import signal
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

from deploy.local.launcher import Forked
from deploy.local.processes import StartError, end, end_stray, log_end, wait_until

START_SECONDS = 120  # generous: five interpreters start at once on a small machine
STOP_SECONDS = 10
LOG_BYTES = 20 * 1024 * 1024


@dataclass
class ServiceProcess:
    """`main` of `arguments` with its settings in the environment; ready when `probe` answers 200."""

    name: str
    folder: Path
    main: str
    arguments: list[str]
    environment: dict[str, str]
    probe: str
    _process: Forked | None = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        """Where it writes its log."""
        return self.folder / "logs" / f"{self.name}.log"

    @property
    def pid(self) -> int | None:
        """Process number while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def launch(self) -> None:
        """Start the process without waiting for it; ends a stray one of an earlier run."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        end_stray_service(self.folder, self.name)
        title = f"steward {self.name} {self.folder}"  # the folder is what a stray one is known by
        self._process = Forked(self.main, self.arguments, self.environment, self.log, title)
        _pid_file(self.folder, self.name).write_text(str(self._process.pid))

    def wait_ready(self) -> None:
        """Wait until it is ready. Raises StartError with the end of its log."""
        wait_until(self._ready, START_SECONDS, lambda: f"{self.name} is not ready.\n{log_end(self.log)}")

    def start(self) -> None:
        """Launch and wait."""
        self.launch()
        self.wait_ready()

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop it; SIGKILL is a crash."""
        if self._process is not None:
            end(self._process, how, STOP_SECONDS)
            self._process = None

    def signal_stop(self) -> None:
        """Ask it to stop without waiting, so that several stop at once."""
        if self.pid is not None and self._process is not None:
            self._process.send_signal(signal.SIGTERM)

    def _ready(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise StartError(f"{self.name} ended with code {self._process.returncode}.\n{log_end(self.log)}")
        address = urlsplit(self.probe)  # not urlopen: it would ask a proxy of the environment
        connection = HTTPConnection(address.hostname or "127.0.0.1", address.port, timeout=5)
        try:
            connection.request("GET", address.path)
            answer = connection.getresponse()
            answer.read()  # left unread it would reset the connection, which the other side takes for a failure
            return answer.status == 200
        except (OSError, HTTPException):
            return False
        finally:
            connection.close()


def end_stray_service(folder: Path, name: str) -> None:
    """End the process that a killed run on `folder` left under this name."""
    path = _pid_file(folder, name)
    if path.exists() and (stray := path.read_text().strip()).isdigit():
        end_stray(int(stray), str(folder), signal.SIGTERM, STOP_SECONDS)


def _pid_file(folder: Path, name: str) -> Path:
    path = folder / "run" / f"{name}.pid"
    path.parent.mkdir(exist_ok=True)
    return path
