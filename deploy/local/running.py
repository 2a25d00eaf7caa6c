"""`steward run` and `steward demo`: a stack from its start to its end, with what people see of it."""

import asyncio
import contextlib
import json
import logging
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

from deploy.data_folder.contents import remove
from deploy.data_folder.settings import LocalSettings, local_settings
from deploy.demo import country, loop
from deploy.demo.verifying import Recorded
from deploy.local import first_load, welcome
from deploy.local.stack import TRACES, Stack
from deploy.local.supervisor import Child, Supervisor
from deploy.local.traces import TraceStore
from deploy.printing import Progress
from deploy.smoke import steps as smoke
from deploy.smoke.sign_in import SignIn
from shared import clock
from shared.telemetry import logs

Say = Callable[[str], None]
FEW_TRACES = 0.1  # the flow that `demonstrate` looks at asks to be recorded itself


def logged(stack: Stack) -> Say:
    """What `stack` and its supervisor say, also as lines of the stack's own log."""
    log, say = logging.Logger("steward.stack", logging.INFO), stack.say
    log.addHandler(logs.to_file(stack.folder / "logs" / "stack.log", "stack", stack.settings.instance))

    def both(line: str) -> None:
        log.info("%s", line)
        say(line)

    return both


@contextlib.asynccontextmanager
async def supervised(stack: Stack) -> AsyncIterator[Supervisor]:
    """The started stack under supervision; everything is stopped at the end, however it comes."""
    task = asyncio.current_task()
    assert task is not None
    running_loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # a shell starts `... &` with SIGINT ignored
        running_loop.add_signal_handler(name, task.cancel)
    stack.lock()
    stack.say = logged(stack)
    try:
        await stack.start()
        children: dict[str, Child] = {"postgres": stack.postgres, "nats": stack.nats, **stack.services}
        supervisor = Supervisor(children, stack.say, stack.threads)
        watching = asyncio.create_task(supervisor.watch())
        try:
            yield supervisor
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
    finally:
        stack.say("stopping")
        stack.stop()
        stack.say("stopped")


async def run_stack(settings: LocalSettings, empty: bool = False) -> int:
    """Run until cancelled; a first run loads the demonstration country, unless `empty` or there are other data.

    Raises StartError where an earlier load was broken off, unless `empty`.
    """
    say = Progress()
    clock.set_zone(settings.time_zone)
    stack = Stack(settings, say)
    if not empty:
        first_load.check_whole(stack.folder)
    async with supervised(stack):
        known = first_load.loaded(stack.folder)
        if known is None and not empty:
            known = await _loaded_now(stack, say)
        welcome.write_tokens(stack, known or {})
        print("\n".join(welcome.lines(stack, known or {}, clock.today())), flush=True)  # noqa: T201  # what it is for
        await asyncio.Event().wait()
    return 0


async def _loaded_now(stack: Stack, say: Progress) -> dict[str, str] | None:
    reason = await first_load.why_not(stack)
    if reason is not None:
        stack.say(f"no demonstration country is loaded: {reason}")
        return None
    stack.say("loading the demonstration country")
    with say.working("loading the demonstration country", country.STEPS):
        return await first_load.load(stack, stack.say)


@contextlib.asynccontextmanager
async def recorded(stack: Stack) -> AsyncIterator[Recorded]:
    """What the trace store of a running stack has recorded."""
    store = TraceStore(stack.folder / TRACES)
    try:
        yield store.trace
    finally:
        store.close()


async def demonstrate(
    facilities: Path | None, keep: bool, columns: Mapping[str, str | None] | None = None
) -> int:
    """The main loop once on a temporary stack; 0 only when every step held."""
    say = Progress(sys.stderr)
    folder = Path(tempfile.mkdtemp(prefix="steward-demo-"))
    wanted = local_settings()
    ratio = wanted.trace_ratio if "trace_ratio" in wanted.model_fields_set else FEW_TRACES
    # Its ports are the usual ones where they are free, since it runs beside any other stack.
    settings = LocalSettings.model_construct({"folder"}, folder=folder, trace_ratio=ratio)
    stack = Stack(settings, say)
    try:
        async with supervised(stack), recorded(stack) as spans:
            with say.working("running the main loop"):
                result = await loop.run(
                    stack.gateway_url,
                    stack.token,
                    recorded=spans,
                    facilities=facilities,
                    columns=columns,
                    say=say,
                )
        print(json.dumps(result), flush=True)  # noqa: T201  # the result
    except loop.StepFailed as error:
        say(f"FAILED: {error}")
        return 1
    finally:
        if keep:
            say(f"kept {folder}")
        else:
            remove(folder)
    return 0


async def check_instance(url: str, sign_in: SignIn, root: str) -> int:
    """The main loop against an instance that runs already; 0 only when every step held."""
    say = Progress(sys.stderr)
    try:
        with say.working(f"running the main loop at {url}"):
            result = await smoke.run(url, sign_in, root, say)
    except loop.StepFailed as error:
        say(f"FAILED: {error}")
        return 1
    print(json.dumps(result), flush=True)  # noqa: T201  # the result
    return 0
