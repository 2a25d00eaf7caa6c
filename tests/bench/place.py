"""Where everything is measured: the whole stack on durable servers, and made-up rows in its tables."""

import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import asyncpg
import psutil

from deploy.data_folder.settings import LocalSettings
from deploy.local.processes import free_port
from deploy.local.stack import Stack
from shared.auth.caller import subject_key
from tests.servers import temporary_folder

RATERS = 8
CATEGORIES = ("self", "manager", "peer", "peer", "peer", "report", "report", "report")
RATINGS = [3, 4, 3] * 11

_ASSESSMENTS = """
insert into assessment (assessment_id, kind, person_id, post_id, unit_code, role_code, level, framework_code,
    framework_version, targets, weights, prevalence, due_on, state, awaited, opened_at)
select ('a' || lpad(to_hex($1 + g), 31, '0'))::uuid, 'follow-up', ('b' || lpad(to_hex($1 + g), 31, '0'))::uuid,
    ('c' || lpad(to_hex($1 + g), 31, '0'))::uuid, 'F' || g % 100, 'facility-manager', 'I', 'steward-core', 1,
    array_fill(400::smallint, array[11]), array_fill(1::smallint, array[11]), array_fill(0::smallint, array[11]),
    '2040-01-01', 'open', $3, now() from generate_series(0, $2 - 1) g
"""
_REQUESTS = """
insert into rater_request (request_id, assessment_id, person_id, category, state, invited_at)
select lpad(to_hex(8 * $1 + g), 32, '0')::uuid, ('a' || lpad(to_hex($1 + g / 8), 31, '0'))::uuid,
    lpad(to_hex(g % 8 + 1), 32, '0')::uuid, ($3::text[])[g % 8 + 1], 'accepted', now()
from generate_series(0, $2 - 1) g
"""
BASE_UNITS = """
insert into unit (unit_code, version, level, type, parent, path, open_from)
select 'C', 1, 'country', 'c', null, array['C'], date '2020-01-01' union all
select 'R' || g, 1, 'region', 'r', 'C', array['C', 'R' || g], '2020-01-01' from generate_series(0, 9) g union all
select 'D' || g, 1, 'district', 'd', 'R' || g / 30, array['C', 'R' || g / 30, 'D' || g], '2020-01-01'
from generate_series(0, 299) g union all
select 'F' || g, 1, 'facility', 'f', 'D' || g / 100, array['C', 'R' || g / 3000, 'D' || g / 100, 'F' || g],
    '2020-01-01' from generate_series(0, $1 - 1) g
on conflict do nothing
"""


@dataclass
class Place:
    """A running stack and shorthand for it."""

    stack: Stack
    quick: bool
    submit_rate: float = 0.0  # a second, every eighth scoring; measured first

    def size(self, full: int, quick: int) -> int:
        """How many of something."""
        return quick if self.quick else full

    def port(self, service: str) -> int:
        """Port of a service."""
        return self.stack.ports[service]

    def pid(self, service: str) -> int:
        """Process of a service."""
        pid = self.stack.services[service].pid
        assert pid is not None
        return pid

    def memory(self, service: str) -> float:
        """Resident memory of a service now, MB."""
        return float(psutil.Process(self.pid(service)).memory_info().rss) / 1e6

    def peak(self, service: str) -> float:
        """Highest resident memory of a service so far, MB (Linux)."""
        status = Path(f"/proc/{self.pid(service)}/status").read_text()
        return int(status.partition("VmHWM:")[2].split()[0]) / 1e3

    def forget_peak(self, service: str) -> None:
        """Let `peak` begin again (Linux)."""
        Path(f"/proc/{self.pid(service)}/clear_refs").write_text("5")

    def rater_tokens(self) -> list[str]:
        """Access tokens of the made-up raters, in their order."""
        return [self.stack.issuer.token("leader", subject=f"rater-{n}") for n in range(RATERS)]

    @asynccontextmanager
    async def connect(self, service: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
        """A connection to a service's own schema."""
        connection = await asyncpg.connect(self.stack.database_url(service), statement_cache_size=0)
        try:
            yield connection
        finally:
            await connection.close()

    async def seed(self) -> None:
        """Units (30,000 facilities) and raters in assessment's directory."""
        keys = [
            subject_key(self.stack.secrets["pepper"], self.stack.issuer.name, f"rater-{n}")
            for n in range(RATERS)
        ]
        async with self.connect("assessment") as connection:
            await connection.execute(BASE_UNITS, self.size(30_000, 1_000))
            await connection.execute(
                "insert into subject select k, lpad(to_hex(o), 32, '0')::uuid"
                " from unnest($1::text[]) with ordinality x(k, o)",
                keys,
            )
            await connection.execute(
                "insert into person select person_id, 1, 'female', 1980, 'n', true from subject"
            )
            await connection.execute("vacuum analyze unit")

    async def assessments(self, first: int, count: int, awaited: int = RATERS) -> None:
        """Open assessments from number `first` on, with eight accepted requests each."""
        async with self.connect("assessment") as connection:
            await connection.execute(_ASSESSMENTS, first, count, awaited)
            await connection.execute(_REQUESTS, first, count * RATERS, list(CATEGORIES))
            await connection.execute("vacuum analyze assessment")
            await connection.execute("vacuum analyze rater_request")


def request_id(number: int) -> str:
    """Id of the made-up request with this number."""
    return str(UUID(int=number))


def assessment_id(number: int) -> str:
    """Id of the made-up assessment with this number."""
    return str(UUID(f"a{number:031x}"))


@asynccontextmanager
async def place(*, quick: bool) -> AsyncIterator[Place]:
    """A fresh stack, traces sampled at 5 %, until the block ends."""
    folder = temporary_folder()
    settings = LocalSettings(
        folder=folder,
        gateway_port=free_port(),
        postgres_port=free_port(),
        nats_port=free_port(),
        traces_port=free_port(),
        metrics_port=free_port(),
        trace_ratio=0.05,
    )
    stack = Stack(settings, say=lambda _: None)
    stack.lock()
    try:
        await stack.start()
        found = Place(stack, quick)
        await found.seed()
        yield found
    finally:
        stack.stop()
        shutil.rmtree(folder, ignore_errors=True)
