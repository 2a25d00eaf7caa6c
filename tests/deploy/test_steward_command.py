"""The `steward` command as people and scripts use it, on a real stack in a folder of its own."""

import json
import os
import signal
import subprocess
import sys
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import psutil
import pytest

from deploy.data_folder.contents import remove
from deploy.local.traces import TraceStore
from tests.servers import temporary_folder, wait_for

pytestmark = pytest.mark.slow(45)

STEWARD = [sys.executable, "-c", "from deploy.cli import main; main()"]


class Run:
    """`steward run` in a process of its own, with `options`; `lines` is what it has printed."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        own = {"STEWARD_LOCAL_FOLDER": str(folder), "STEWARD_LOCAL_TRACE_RATIO": "0"}
        self.environment = {**os.environ, **own}
        self.process = subprocess.Popen(
            [*STEWARD, "run", *options], env=self.environment, stdout=subprocess.PIPE, text=True
        )
        self.lines: list[str] = []

    def wait_ready(self) -> str:
        """URL of the gateway, from the line that scripts wait for."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.append(line.rstrip())
            if line.startswith("ready "):
                return line.split()[1]
        raise AssertionError(f"ended with {self.process.wait()} before it was ready")

    def end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        assert self.process.stdout is not None
        self.process.stdout.read()
        self.process.stdout.close()
        return self.process.wait(30)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        command = [*STEWARD, *arguments]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)


def left_in(folder: Path) -> list[str]:
    """Processes that still work on `folder`."""
    found = []
    for process in psutil.process_iter():
        try:
            known = [*process.cmdline(), *process.environ().values()]
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if any(str(folder) in part for part in known) and process.pid != os.getpid():
            found.append(" ".join(process.cmdline()))
    return found


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    made = temporary_folder()
    yield made
    remove(made)


@pytest.fixture(scope="module")
def run(folder: Path) -> Iterator[Run]:
    """A stack on the folder of one that was killed the hard way, with data of its own: it takes them over."""
    killed = Run(folder, "--empty")
    url = killed.wait_ready()
    token = killed.command("token", "hris", "--unit", "OWN").stdout.strip()
    unit = {
        "unit_code": "OWN",
        "name": "Own",
        "level": "country",
        "type": "Country",
        "open_from": "2020-01-01",
    }
    assert ask(f"{url}/v1/units", token, unit)["unit_code"] == "OWN"
    system = {"code": "payroll", "name": "Payroll", "kind": "payroll", "sends": ["people"]}
    assert (
        ask(f"{url}/v1/source-systems", killed.command("token", "ops").stdout.strip(), system)["version"] == 1
    )
    assert killed.end(signal.SIGKILL) == -signal.SIGKILL
    assert len(left_in(folder)) > 5
    second = Run(folder)
    assert second.wait_ready() == url
    yield second
    assert second.end(signal.SIGINT) == 0
    assert left_in(folder) == []


def ask(url: str, token: str, body: dict | None = None) -> dict:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode() if body else None, headers)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def gateway(run: Run) -> str:
    return json.loads((run.folder / "stack.json").read_text())["gateway_url"]


def test_own_data_are_neither_wiped_nor_joined_by_a_demonstration_country(run: Run, gateway: str):
    said = [line for line in run.lines if "demonstration country" in line]
    assert "is loaded: this instance holds data of its own (1 units, 1 source systems)" in said[0]
    token = run.command("token", "programme-manager", "--unit", "OWN").stdout.strip()
    assert [item["unit_code"] for item in ask(f"{gateway}/v1/units", token)["items"]] == ["OWN"]


def test_the_calls_that_are_printed_work_as_they_stand(run: Run):
    calls = [line for line in run.lines if line.startswith("  curl")]
    assert len(calls) == 2
    for call in calls:
        done = subprocess.run(call + " --fail", shell=True, stdout=subprocess.PIPE, text=True, check=True)
        assert json.loads(done.stdout)
    assert run.lines[-1].startswith("ready http://127.0.0.1:")
    assert not any("eyJ" in line for line in run.lines), "tokens are in files"


def test_a_load_that_was_broken_off_is_said_and_nothing_is_removed(run: Run):
    mark = run.folder / "unfinished"
    mark.touch()
    try:
        refused = run.command("run")
    finally:
        mark.unlink()
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1
    assert "`steward reset` names what it removes and asks; `steward run --empty` goes on" in refused.stderr


def test_a_printed_token_opens_the_gateway(run: Run, gateway: str):
    token = run.command("token", "ops").stdout.strip()
    assert "now" in ask(f"{gateway}/v1/clock", token)


def test_the_clock_moves_for_the_services(run: Run, gateway: str):
    assert "30 days" in run.command("clock", "+30d").stdout
    token = run.command("token", "ops").stdout.strip()
    assert ask(f"{gateway}/v1/clock", token)["offset_seconds"] == 30 * 86_400
    assert "0:00:00 ahead" in run.command("clock", "reset").stdout


def test_schemas_and_streams_are_brought_up_to_date_again(run: Run):
    assert run.command("migrate").stdout.count("is migrated") == 4
    assert "durable consumers are up to date" in run.command("provision").stdout


def test_the_streams_of_a_region_are_not_made_as_if_it_were_alone(tmp_path: Path):
    settings = {
        "STEWARD_FEDERATION": "region",
        "STEWARD_NATS_USER": "admin",
        "STEWARD_NATS_URL": "nats://127.0.0.1:9",
    }
    environment = {**os.environ, **settings, "STEWARD_LOCAL_FOLDER": str(tmp_path)}
    ended = subprocess.run(
        [*STEWARD, "provision"], env=environment, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert "say --federation FOLDER" in ended.stderr


@pytest.mark.parametrize("service", ["assessment", "planning", "evaluation"])
def test_projections_are_rebuilt_without_a_word_about_tokens(run: Run, service: str):
    rebuilt = run.command("rebuild", service)
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert json.loads(rebuilt.stdout)["units"] == 1


def test_what_the_stack_says_is_in_its_own_log(run: Run):
    lines = [json.loads(line) for line in (run.folder / "logs" / "stack.log").read_text().splitlines()]
    assert {(line["service"], line["instance"], line["logger"]) for line in lines} == {
        ("stack", "north", "steward.stack")
    }
    assert "starting PostgreSQL and nats-server" in [line["message"] for line in lines]


def refused(gateway: str, token: str) -> str:
    """The trace of a question for a plan that nobody has, as the problem names it that is the answer."""
    with pytest.raises(urllib.error.HTTPError) as caught:
        ask(f"{gateway}/v1/plans/{uuid4()}", token)
    return json.load(caught.value)["trace_id"]


async def test_what_fails_or_is_slow_is_recorded_though_nothing_is_sampled(run: Run, gateway: str):
    token = run.command("token", "ops").stdout.strip()
    planning = int((run.folder / "run" / "planning.pid").read_text())
    ordinary = refused(gateway, token)
    refused(gateway, token)  # answered after the one before was ended, which a process stopped at once is not
    store = TraceStore(run.folder / "traces.db")

    def recorded(trace_id: str) -> list[tuple[str, str, str]]:
        return [(span.service, span.name, span.error) for span in store.trace(trace_id)]

    os.kill(planning, signal.SIGSTOP)
    threading.Timer(2.2, os.kill, (planning, signal.SIGCONT)).start()
    slow = refused(gateway, token)
    await wait_for(lambda: len(recorded(slow)) == 2, timeout=20)
    assert recorded(slow) == [("gateway", "GET /v1/plans", ""), ("planning", "GET /v1/plans/{plan_id}", "")]
    os.kill(planning, signal.SIGKILL)
    failed = refused(gateway, token)
    await wait_for(lambda: recorded(failed) == [("gateway", "GET /v1/plans", "error")], timeout=20)
    assert store.trace(ordinary) == []
    store.close()
    printed = run.command("trace", "--last-error", "--service", "gateway").stdout
    assert printed.startswith(f"trace {failed}\n")
    status = printed.partition("GET /v1/plans -> ")[2]
    assert status.startswith(("503  !! error", "502  !! error"))  # 502: it died with the request in hand


def test_a_second_run_on_the_folder_is_refused(run: Run):
    again = run.command("run", "--empty")
    assert again.returncode == 1
    assert f"already runs on {run.folder}" in again.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("token", "minister"), "There is no role 'minister'"),
        (("clock", "tomorrow"), "Say it as +30d"),
        (("trace", "ffff"), "No spans of trace ffff"),
        (("rebuild", "finance"), "There is no service 'finance'"),
        (("rebuild", "gateway"), "keeps no projection"),
        (("rebuild", "registry"), "keeps no projection"),
        (("demo", "--facilities", "missing.csv"), "There is no file missing.csv"),
    ],
)
def test_nonsense_gets_one_clear_line(run: Run, arguments: tuple[str, ...], said: str):
    refused = run.command(*arguments)
    assert refused.returncode == 2
    assert said in refused.stderr
    assert "Traceback" not in refused.stderr
