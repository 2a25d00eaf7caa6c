"""Processor time that a piece of work takes, whoever does it: what else runs on the machine does not count."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

import psutil

from tests.bench.place import Place

TICK = 0.01  # seconds that Linux counts processor time in
_SESSIONS = "select pid from pg_stat_activity where usename = current_user and pid <> pg_backend_pid()"


class Spent:
    """Seconds of processor time, once the block has ended."""

    def __init__(self) -> None:
        self.seconds = 0.0


@asynccontextmanager
async def of_service(place: Place, service: str) -> AsyncIterator[Spent]:
    """Of a service and of PostgreSQL for it, while the block runs."""
    spent = Spent()
    before = await _service(place, service)
    yield spent
    spent.seconds = _difference(before, await _service(place, service))


@asynccontextmanager
async def of_this_process(session: int) -> AsyncIterator[Spent]:
    """Of this process and of one session of PostgreSQL, while the block runs."""
    spent = Spent()
    both = [psutil.Process().pid, session]
    before = _times(both)
    yield spent
    spent.seconds = _difference(before, _times(both))


async def _service(place: Place, service: str) -> dict[int, float]:
    async with place.connect(service) as connection:
        sessions = [row[0] for row in await connection.fetch(_SESSIONS)]
    return _times([place.pid(service), *sessions])


def _times(processes: list[int]) -> dict[int, float]:
    found = {}
    for pid in processes:
        with suppress(psutil.NoSuchProcess):  # a session that ended meanwhile
            times = psutil.Process(pid).cpu_times()
            found[pid] = times.user + times.system
    return found


def _difference(before: Mapping[int, float], after: Mapping[int, float]) -> float:
    return max(TICK, sum(seconds - before.get(pid, 0.0) for pid, seconds in after.items()))
