"""A child process of the local stack; the trace store stands in for a service."""

import contextlib
import gc
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import psutil
import pytest

from deploy.data_folder.contents import remove
from deploy.local import launcher
from deploy.local.forkserver import LATER
from deploy.local.processes import StartError, free_port
from deploy.local.service import ServiceProcess
from tests.servers import temporary_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    made = temporary_folder()
    yield made
    remove(made)


def process(folder: Path, port: int) -> ServiceProcess:
    arguments = [str(folder / "traces.db"), str(port)]
    probe = f"http://127.0.0.1:{port}/readyz"
    return ServiceProcess("traces", folder, "deploy.local.traces:main", arguments, {}, probe)


def test_it_starts_dies_and_starts_again(folder: Path):
    service = process(folder, free_port())
    service.start()
    first = service.pid
    service.stop(signal.SIGKILL)
    assert service.pid is None
    service.start()
    assert service.pid not in {None, first}
    service.stop()


def test_one_that_a_killed_run_left_is_ended_first(folder: Path):
    port = free_port()
    left, service = process(folder, port), process(folder, port)
    left.start()
    service.start()
    assert left.pid is None
    assert service.pid is not None
    service.stop()


def test_another_process_with_the_same_number_is_left_alone(folder: Path):
    (folder / "run").mkdir()
    (folder / "run" / "traces.pid").write_text(str(psutil.Process().pid))
    service = process(folder, free_port())
    service.start()
    service.stop()


def test_one_that_ends_at_once_says_why(folder: Path):
    service = process(folder, free_port())
    (folder / "traces.db").mkdir()
    with pytest.raises(StartError, match="unable to open database file"):
        service.start()


def test_a_long_log_is_put_aside(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("deploy.local.service.LOG_BYTES", 10)
    service = process(folder, free_port())
    service.log.parent.mkdir()
    service.log.write_text("old lines of an earlier run\n")
    service.start()
    service.stop()
    assert service.log.with_suffix(".log.1").read_text() == "old lines of an earlier run\n"
    assert service.log.read_text() == ""


def test_what_was_forked_outlives_a_killed_fork_server_and_is_told_from_one_that_ended(folder: Path):
    first, second = process(folder, free_port()), process(folder / "second", free_port())
    first.start()
    assert launcher._server is not None
    launcher._server._process.kill()
    launcher._server._process.wait()
    pid = first.pid
    assert pid is not None
    second.start()  # by a new server
    second.stop()
    first.stop(signal.SIGKILL)
    assert first.pid is None
    assert not psutil.pid_exists(pid)


def test_how_it_ended_is_known(tmp_path: Path):
    for main, arguments, wanted in (("sys:exit", ["words"], 1), ("os:abort", [], -signal.SIGABRT)):
        ended = launcher.Forked(main, arguments, {}, tmp_path / "log", "steward test")
        assert ended.wait(10) == wanted
    assert "words" in (tmp_path / "log").read_text()


def forked(folder: Path, main: str, *arguments: object, **environment: str) -> launcher.Forked:
    """A process of a function of the standard library."""
    return launcher.Forked(main, arguments, environment, folder / "log", f"steward test {folder}")  # type: ignore[arg-type]


def test_one_that_nobody_asks_after_harms_no_other(tmp_path: Path):
    forgotten, other = forked(tmp_path, "time:sleep", 60), forked(tmp_path, "time:sleep", 60)
    assert launcher._server is not None
    server, pid = launcher._server._process, forgotten.pid
    del forgotten
    gc.collect()
    os.kill(pid, signal.SIGKILL)
    with contextlib.suppress(psutil.NoSuchProcess):  # it may be gone and forgotten already
        psutil.Process(pid).wait(10)
    assert forked(tmp_path, "sys:exit", 3).wait(10) == 3
    assert server.poll() is None
    other.kill()
    assert other.wait(10) == -signal.SIGKILL


def test_an_environment_may_be_as_long_as_the_system_allows(tmp_path: Path):
    long = {f"LONG_{number}": "x" * 100_000 for number in range(8)}
    forked(tmp_path, "os:system", "echo ${#LONG_0} ${#LONG_7}", **long).wait(10)
    assert (tmp_path / "log").read_text() == "100000 100000\n"


def test_what_a_service_imports_while_it_starts_is_there_already(tmp_path: Path):
    forked(tmp_path, "builtins:exec", f"import sys; print({set(LATER)} <= sys.modules.keys())").wait(10)
    assert (tmp_path / "log").read_text() == "True\n"


def test_it_works_in_the_folder_of_whoever_starts_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    forked(tmp_path, "sys:exit").wait(10)  # the server runs
    monkeypatch.chdir(tmp_path)
    forked(tmp_path, "subprocess:run", "pwd").wait(10)
    assert (tmp_path / "log").read_text() == f"{tmp_path}\n"


def test_it_has_no_descriptor_of_another_or_of_the_server(tmp_path: Path):
    listed = "ls -l /proc/$PPID/fd"
    (tmp_path / "beside").mkdir()
    others = [forked(tmp_path / "beside", "time:sleep", 60) for _ in range(2)]
    forked(tmp_path, "os:system", listed).wait(10)
    found = [line.rpartition(" -> ")[2] for line in (tmp_path / "log").read_text().splitlines()[1:]]
    assert found == ["/dev/null", *[str(tmp_path / "log")] * 2]
    for other in others:
        other.kill()
        other.wait(10)


def test_many_open_files_are_in_nobodys_way(tmp_path: Path):
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, (soft, hard))
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, 4096)), hard))
        for _ in range(1024):
            stack.callback(os.close, os.dup(0))
        assert forked(tmp_path, "sys:exit", 3).wait(10) == 3


STRAY = """
import os, signal, sys
from pathlib import Path
from deploy.local.service import ServiceProcess
from tests.deploy.test_service_process import process
service = process(Path(sys.argv[1]), int(sys.argv[2]))
service.start()
print(service.pid, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_run_left_is_known_in_any_folder_and_environment(folder: Path):
    """A long path with spaces, in a run with hardly any environment, and modules of others where it stands."""
    long, port = folder / "a folder" / ("long" * 40), free_port()
    long.mkdir(parents=True)
    (folder / "selectors.py").write_text("raise RuntimeError('not ours')")
    place = {"PYTHONPATH": "/".join(__file__.split("/")[:-3])}
    command = [sys.executable, "-P", "-c", STRAY, str(long), str(port)]
    killed = subprocess.run(command, env=place, cwd=folder, stdout=subprocess.PIPE, text=True, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    stray = psutil.Process(int(killed.stdout))
    service = process(long, port)
    service.start()
    assert not stray.is_running()
    service.stop()
