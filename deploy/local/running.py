"""`steward run` and `steward demo`: a stack from its start to its end, with what people see of it."""

import asyncio
import contextlib
import json
import logging
import os
import signal
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

from deploy.demo import country, loop
from deploy.local.folder import remove
from deploy.local.issuer import ROLES
from deploy.local.stack import LocalSettings, Stack
from deploy.local.supervisor import Child, Supervisor
from deploy.printing import Progress
from deploy.smoke import loop as smoke
from deploy.smoke.sign_in import SignIn
from shared import clock, logs, periods

Say = Callable[[str], None]


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
    """Run until cancelled; a first run loads the demonstration country unless `empty`."""
    say = Progress()
    stack = Stack(settings, say)
    async with supervised(stack):
        loaded = stack.folder / "country.json"
        if not loaded.exists() and not empty:
            stack.say("loading the demonstration country")
            with say.working("loading the demonstration country", country.STEPS):
                loaded.write_text(json.dumps(await _load_country(stack)))
        _welcome(stack, json.loads(loaded.read_text()) if loaded.exists() else {})
        await asyncio.Event().wait()
    return 0


async def _load_country(stack: Stack) -> dict[str, str]:
    """The demonstration country; a load that is broken off makes the next start begin from nothing."""
    stack.unfinished.touch()
    found = await country.load(stack.gateway_url, stack.token, clock_file=stack.clock_file, say=stack.say)
    stack.unfinished.unlink()
    return found


def _welcome(stack: Stack, known: dict[str, str]) -> None:
    """URLs, tokens and lines to try; the last line is for scripts."""
    root, leader = known.get("root", ""), known.get("leader", "")
    quarter = periods.previous(periods.of(clock.today()))  # the last one that is complete
    folder = stack.folder / "tokens"
    folder.mkdir(mode=0o700, exist_ok=True)
    lines = ["", f"Gateway   {stack.gateway_url}", f"Docs      {stack.gateway_url}/docs", ""]
    lines += [
        "This is LOCAL MODE with a development key: whoever reads this folder can sign in as anybody.",
        "",
    ]
    for role in ROLES:
        scope = (root,) if root and role in {"hris", "programme-manager"} else ()
        token = stack.token(role, scope, leader if role == "leader" else "")
        with open(folder / role, "w", opener=partial(os.open, mode=0o600)) as file:
            file.write(token)
        lines.append(f"{role} token:\n{token}\n")
    lines.append("Try:")
    for role, path in (
        ("programme-manager", f"/v1/units?under={root}&level=district&limit=3"),
        ("programme-manager", f"/v1/units/{root}/overview?period={quarter}"),
        ("leader", "/v1/me"),
    ):
        bearer = f'"Authorization: Bearer $(cat {folder / role})"'
        lines.append(f"  curl -s -H {bearer} '{stack.gateway_url}{path}'")
    lines += [
        "",
        f"Logs are in {stack.folder / 'logs'}; Ctrl-C stops everything.",
        f"ready {stack.gateway_url}",
    ]
    print("\n".join(lines), flush=True)  # noqa: T201  # what `make run` is for


async def demonstrate(facilities: Path | None, keep: bool) -> int:
    """The main loop once on a temporary stack; 0 only when every step held."""
    say = Progress(sys.stderr)
    folder = Path(tempfile.mkdtemp(prefix="steward-demo-"))
    settings = LocalSettings(folder=folder)
    if "trace_ratio" not in settings.model_fields_set:
        settings.trace_ratio = 0.1  # the flow it looks at asks to be recorded itself
    stack = Stack(settings, say)
    try:
        async with supervised(stack):
            with say.working("running the main loop"):
                result = await loop.run(
                    stack.gateway_url,
                    stack.token,
                    clock_file=stack.clock_file,
                    facilities=facilities,
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
