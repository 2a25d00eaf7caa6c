"""A child process of the local stack; the trace store stands in for a service."""

import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from deploy.local import launcher
from deploy.local.folder import remove
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
