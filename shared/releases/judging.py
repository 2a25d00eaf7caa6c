"""Judging a release beside the service that asks for it: in a process of its own where it may take long.

Most of it is Python: in a thread of the service it would share its time with every request, for minutes in a
country, and a service that stops would wait for it. The process is a gentle one, has no settings and no
connection, and ends with the service. `python -m shared.releases.judging` reads what is asked from its input.
"""

import asyncio
import gc
import os
import pickle
import sys
from typing import Any

from shared.releases.making import Made, Past, make
from shared.releases.population import Population
from shared.telemetry.logs import place

SHARES = 5_000  # of fewer a release takes less time than a process takes to start, 0.4 s
GENTLE = 10  # niceness

Asked = tuple[Any, ...]  # the arguments of `make`


class JudgingFailed(RuntimeError):
    """The process ended without a result; the message says with which error and where, and quotes no data."""


async def judged(asked: Asked, population: Population, past: Past) -> Made | None:
    """What `make` returns. Cancelled meanwhile, the process ends. Raises JudgingFailed."""
    if len(population.people) + len(past.people) < SHARES:
        return await asyncio.to_thread(make, *asked)
    return await _beside(asked)


async def _beside(asked: Asked) -> Made | None:
    question = await asyncio.to_thread(pickle.dumps, asked)
    pipe, command = asyncio.subprocess.PIPE, (sys.executable, "-m", "shared.releases.judging")
    known = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
    process = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, env=known)
    try:
        told, _ = await process.communicate(question)
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise JudgingFailed(told.decode(errors="replace") or f"ended with {process.returncode}")
    made: Made | None = await asyncio.to_thread(pickle.loads, told)
    return made


def main() -> None:
    """Answer the one question on standard input; what fails is said without its message, which may quote data."""
    os.nice(GENTLE)
    gc.disable()  # to look for circles among millions of rows takes a fifth of the time; there are none
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # the solver greets on standard output, wherever in the answer that would come
    try:
        told = pickle.dumps(make(*pickle.load(sys.stdin.buffer)))  # noqa: S301  of the service that started it
    except Exception as error:
        told = f"{type(error).__name__} at {place(error)}".encode()
        answer.write(told)
        answer.close()
        sys.exit(1)
    answer.write(told)
    answer.close()


if __name__ == "__main__":
    main()
