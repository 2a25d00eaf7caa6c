"""The local stack: what runs, on which ports, with which settings, started and stopped in order."""

import asyncio
import fcntl
import json
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any

from deploy import database
from deploy.broker import provision
from deploy.broker.external_readers import READERS
from deploy.broker.server_settings import ADMIN, ERASER
from deploy.data_folder.contents import EXAMPLES
from deploy.data_folder.issuer import AUDIENCE, Issuer, jwks_file, stored_issuer
from deploy.data_folder.settings import LocalSettings
from deploy.federation.broker.streams import links_of
from deploy.federation.membership.hub import Hub
from deploy.federation.membership.settings_check import public_keys
from deploy.federation.store.membership_store import Folder
from deploy.local import ports, strays
from deploy.local.nats import NatsServer
from deploy.local.postgres import SUPERUSER, PostgresServer
from deploy.local.processes import StartError, own_folder, stored_secrets
from deploy.local.service import ServiceProcess
from deploy.services import NAMES as SERVICES
from deploy.services import owners
from shared.messaging.reader_requests import PROCESS

DATABASE = "steward"
TRACES = "traces.db"  # in the folder
Say = Callable[[str], None]


@dataclass
class Stack:
    """Servers and services on one data folder. `start` and `stop` may be called from any thread."""

    settings: LocalSettings
    say: Say = print
    services: dict[str, ServiceProcess] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Find the folder; nothing is made or started yet."""
        self.folder = self.settings.folder.resolve()
        self._lock: IO[str] | None = None
        self.threads = ThreadPoolExecutor(thread_name_prefix="stack")  # starting blocks

    @property
    def gateway_url(self) -> str:
        """Where the one API answers."""
        return f"http://127.0.0.1:{self.ports['gateway']}"

    @property
    def clock_file(self) -> Path:
        """Offset of domain time, read by every service."""
        return self.folder / "clock"

    def lock(self) -> None:
        """Keep the folder to this run. Raises StartError when another one has it."""
        own_folder(self.folder)
        handle = (self.folder / "lock").open("a+")
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            owner = handle.read().strip()
            handle.close()
            raise StartError(f"A stack already runs on {self.folder} (process {owner}).") from None
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
        self._lock = handle

    def prepare(self) -> None:
        """Secrets, keys and ports, and the servers and services made of them."""
        names = [*SERVICES, *READERS, ERASER, PROCESS, ADMIN, SUPERUSER, "pepper"]
        self.secrets = stored_secrets(self.folder / "secrets.json", names)
        self.issuer: Issuer = stored_issuer(self.folder)
        chosen = self.settings
        self.postgres = PostgresServer(self.folder, self.secrets[SUPERUSER], say=self.say)
        self.federation = Folder(self.folder / "federation")
        self.role, self.instance = self.federation.role(), self.federation.instance() or chosen.instance
        self.nats = NatsServer(self.folder, self.instance, self.secrets, say=self.say)
        strays.end_all(self.folder)  # before ports are chosen
        self.ports = ports.choose(self.folder, chosen, self.say)
        self.postgres.port, self.nats.port = self.ports["postgres"], self.ports["nats"]
        if self.role == "hub":  # where regions connect
            self.nats.link_port = Hub(self.federation).port()

    async def start(self) -> None:
        """Start everything and wait until it is ready. Raises StartError; what had started is stopped then."""
        try:
            await self._in_threads([self.prepare])
            self.say("starting PostgreSQL and nats-server")
            await self._in_threads([self.postgres.start, self.nats.start])
            self.say("migrating schemas, provisioning streams")
            await self.make_ready()
            services = {name: self._service(name) for name in SERVICES}
            self.services = {"traces": self._traces(), PROCESS: self._readers(), **services}
            self._write_state()
            self.say("starting " + ", ".join(self.services))
            await self._in_threads([service.start for service in self.services.values()])
        except BaseException:  # cancelled too: they are in sessions of their own and would stay
            self.stop()
            raise

    async def _in_threads(self, work: list[Callable[[], None]]) -> None:
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(self.threads, item) for item in work))

    async def make_ready(self) -> None:
        """Roles, schemas, migrations, streams and durables; safe to repeat."""
        admin = self.postgres.url()
        await database.create_database(admin, DATABASE)
        await database.create_roles(admin, {name: self.secrets[name] for name in owners()})
        await database.create_schemas(admin, DATABASE, owners())
        for name in owners():
            await database.migrate(name, self.database_url(name))
        await provision.provision(
            self.nats.url,
            ADMIN,
            self.secrets[ADMIN],
            self.instance,
            SERVICES,
            links=links_of(self.federation.path),
        )

    def stop(self) -> None:
        """Stop everything, also what is just starting, and give the folder free."""
        self._stop_all()
        self.threads.shutdown(cancel_futures=True)
        self._stop_all()  # what a thread under way had still started
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def _stop_all(self) -> None:
        """Services first, so that they finish with their servers still there."""
        speaking = [service for name, service in self.services.items() if name != "traces"]
        for service in speaking:
            service.signal_stop()
        for service in [*speaking, *self.services.values()]:  # traces last: they send their spans at the end
            service.stop()
        for server in ("nats", "postgres"):
            if (running := getattr(self, server, None)) is not None:
                running.stop()

    def database_url(self, service: str) -> str:
        """A service's own way into the database."""
        return database.service_url(self.postgres.url(), DATABASE, service, self.secrets[service])

    def url(self, service: str) -> str:
        """Base URL of a service."""
        return f"http://127.0.0.1:{self.ports[service]}"

    def service_settings(self, service: str) -> dict[str, Any]:
        """Every setting of a service, as `shared.settings` names them."""
        return {
            "service": service,
            "instance": self.instance,
            "time_zone": self.settings.time_zone,
            "federation": self.role,
            "epoch": self.federation.epoch(),
            **public_keys(self.federation),
            "mode": "local",
            "port": self.ports[service],
            "metrics_port": self.ports["metrics"],
            "database_url": self.database_url(service) if service in owners() else "",
            "nats_url": self.nats.url,
            "nats_user": service,
            "nats_password": self.secrets[service],
            "oidc_issuer": self.issuer.name,
            "oidc_jwks_url": jwks_file(self.folder).as_uri(),
            "oidc_audience": AUDIENCE,
            "subject_pepper": self.secrets["pepper"],
            "client_issuer": self.gateway_url,
            "client_keys_url": f"{self.url('registry')}/internal/client-keys",
            "otlp_endpoint": self.url("traces"),
            "trace_ratio": self.settings.trace_ratio,
            "clock_file": str(self.clock_file),
            "issuer_file": str(jwks_file(self.folder)),
            "examples_file": str(self.folder / EXAMPLES),
            "services": {name: self.url(name) for name in SERVICES if name != "gateway"},
        }

    def environment(self, service: str) -> dict[str, str]:
        """The same as environment variables."""
        return {
            f"STEWARD_{name.upper()}": json.dumps(value) if isinstance(value, dict) else str(value)
            for name, value in self.service_settings(service).items()
        }

    def token(self, role: str, units: tuple[str, ...] = (), subject: str = "") -> str:
        """A development token for the APIs of this stack."""
        return self.issuer.token(role, units=units, subject=subject)

    def _service(self, name: str) -> ServiceProcess:
        probe = f"{self.url(name)}/readyz"
        return ServiceProcess(name, self.folder, "shared.server:main", [name], self.environment(name), probe)

    def _readers(self) -> ServiceProcess:
        """The process that makes readers over NATS for the API."""
        user = {"NATS_USER": PROCESS, "NATS_PASSWORD": self.secrets[PROCESS], "NATS_URL": self.nats.url}
        named = {"INSTANCE": self.instance, "EPOCH": self.federation.epoch(), "PORT": self.ports[PROCESS]}
        environment = {f"STEWARD_{name}": str(value) for name, value in (user | named).items()}
        arguments, ready = [str(self.nats.readers_file)], f"{self.url(PROCESS)}/readyz"
        main = "deploy.reader_accounts.process:main"
        return ServiceProcess(PROCESS, self.folder, main, arguments, environment, ready)

    def _traces(self) -> ServiceProcess:
        arguments = [str(self.folder / TRACES), str(self.ports["traces"])]
        named, ready = {"STEWARD_INSTANCE": self.instance}, f"{self.url('traces')}/readyz"
        return ServiceProcess("traces", self.folder, "deploy.local.traces:main", arguments, named, ready)

    def _write_state(self) -> None:
        """What other commands need to find this stack (mode 600, it holds secrets)."""
        administrator = {"nats_user": ADMIN, "nats_password": self.secrets[ADMIN]}
        settings = {name: self.service_settings(name) for name in SERVICES}
        settings[ADMIN] = settings[SERVICES[0]] | {"service": ADMIN} | administrator
        eraser = {"service": ERASER, "nats_user": ERASER, "nats_password": self.secrets[ERASER]}
        settings[ERASER] = settings[SERVICES[0]] | {"database_url": ""} | eraser
        readers = {name: {"nats_url": self.nats.url, "nats_password": self.secrets[name]} for name in READERS}
        state = {"gateway_url": self.gateway_url, "settings": settings, "readers": readers}
        path = self.folder / "stack.json"
        opener = partial(os.open, mode=0o600)
        with open(path.with_suffix(".new"), "w", opener=opener) as file:
            json.dump(state, file, indent=1)
        path.with_suffix(".new").replace(path)
