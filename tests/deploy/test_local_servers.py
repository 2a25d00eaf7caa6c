"""The servers of the local stack survive crashes, strays, taken ports and folders out of reach."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import psutil
import pytest

from deploy.data_folder.contents import remove
from deploy.data_folder.issuer import stored_issuer
from deploy.data_folder.settings import LocalSettings
from deploy.local.nats import NatsServer
from deploy.local.postgres import PostgresServer
from deploy.local.processes import StartError, end_stray, free_port, private_folder, stored_secrets
from deploy.local.stack import Stack
from tests.servers import INSTANCE, PASSWORDS, sweep, temporary_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    made = temporary_folder()
    yield made
    remove(made)


async def write_and_count(server: PostgresServer) -> int:
    connection = await asyncpg.connect(server.url())
    try:
        await connection.execute("create table if not exists kept (id int)")
        await connection.execute("insert into kept values (1)")
        return await connection.fetchval("select count(*) from kept")
    finally:
        await connection.close()


async def test_postgres_keeps_what_was_committed_before_a_crash(folder: Path):
    server = PostgresServer(folder, "secret with 'quotes' and @/:")
    server.start()
    assert await write_and_count(server) == 1
    server.stop(signal.SIGKILL)
    server.start()
    assert await write_and_count(server) == 2
    server.stop()
    assert server.pid is None


async def test_a_postgres_that_a_killed_run_left_is_taken_over(folder: Path):
    first = PostgresServer(folder, "secret")
    first.start()
    assert await write_and_count(first) == 1
    second = PostgresServer(folder, "secret")
    second.start()
    assert await write_and_count(second) == 2
    assert first.pid is None
    second.stop()


async def test_postgres_below_a_folder_that_others_cannot_enter(folder: Path):
    hidden = folder / "hidden"
    hidden.mkdir(mode=0o700)
    below = private_folder(hidden / "stack")
    server = PostgresServer(below, "secret", durable=False)
    server.start()
    assert await write_and_count(server) == 1
    server.stop()
    server.start()
    assert await write_and_count(server) == 2
    server.stop()
    remove(below)


async def test_data_are_new_when_their_folder_was_removed(folder: Path):
    hidden = folder / "hidden"
    hidden.mkdir(mode=0o700)
    for _ in range(2):
        server = PostgresServer(private_folder(hidden / "stack"), "secret", durable=False)
        server.start()
        assert await write_and_count(server) == 1
        server.stop()
        link = hidden / "stack" / "postgres"
        place = link.resolve()
        subprocess.run(["rm", "-rf", str(hidden / "stack")], check=True)
    subprocess.run(["rm", "-rf", str(place)], check=True)


def test_postgres_that_cannot_start_says_why(folder: Path):
    server = PostgresServer(folder, "secret", durable=False)
    server.start()
    other = PostgresServer(private_folder(folder / "other"), "secret", durable=False, port=server.port)
    with pytest.raises(StartError, match="Address already in use"):
        other.start()
    server.stop()


def test_a_nats_server_that_a_killed_run_left_is_taken_over(folder: Path):
    first = NatsServer(folder, INSTANCE, PASSWORDS)
    first.start()
    second = NatsServer(folder, INSTANCE, PASSWORDS)
    second.start()
    assert first.pid is None
    assert second.pid is not None
    second.stop()


def test_a_taken_port_is_replaced():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert free_port(port) not in {0, port}
    assert free_port(port) == port


def test_a_preferred_port_is_kept_for_the_process_that_got_it_first():
    """Nothing listens yet: two hubs that start in the same second must not both say that they will."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        wanted = probe.getsockname()[1]
    ask = f"from deploy.local.processes import free_port; print(free_port({wanted}), flush=True); input()"
    first, second = (
        subprocess.Popen([sys.executable, "-c", ask], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        for _ in range(2)
    )
    with first, second:
        assert first.stdout is not None
        assert second.stdout is not None
        given = {int(first.stdout.readline()), int(second.stdout.readline())}
        first.communicate(b"\n")
        second.communicate(b"\n")
    assert len(given) == 2
    assert wanted in given
    assert free_port(wanted) == wanted  # the lock ended with the process


def test_a_port_of_a_server_that_does_not_listen_yet_is_given_to_no_other():
    wanted = free_port()
    assert free_port(wanted) == wanted  # its own, again
    assert free_port(wanted, fresh=True) != wanted


def test_a_stack_has_a_port_for_each_of_its_servers(tmp_path: Path):
    """Also where a server's is one that services would take next to the gateway's."""
    base = free_port()
    places = {"postgres_port": base + 1, "nats_port": base + 2, "traces_port": base + 3}
    stack = Stack(LocalSettings(folder=tmp_path, gateway_port=base, **places), lambda _: None)
    stack.prepare()
    ports = list(stack.ports.values())
    assert len(set(ports)) == len(ports)


def test_a_reused_process_number_is_left_alone():
    process = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    end_stray(process.pid, "/some/data/folder", signal.SIGKILL)
    assert process.poll() is None
    process.communicate(b"\n")
    assert process.returncode == 0
    end_stray(process.pid, "/some/data/folder", signal.SIGKILL)


def test_secrets_are_kept_and_readable_by_their_owner_only(tmp_path: Path):
    path = tmp_path / "secrets.json"
    first = stored_secrets(path, ["planning"])
    second = stored_secrets(path, ["planning", "registry"])
    assert second["planning"] == first["planning"]
    assert second["registry"] != second["planning"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_the_development_key_is_kept_and_its_set_is_public(tmp_path: Path):
    issuer, again = stored_issuer(tmp_path), stored_issuer(tmp_path)
    assert issuer.key_id == again.key_id
    assert issuer.key_id.startswith("dev-")
    assert issuer.jwks() == again.jwks()
    assert "d" not in json.loads((tmp_path / "jwks.json").read_text())["keys"][0]
    assert (tmp_path / "issuer.pem").stat().st_mode & 0o777 == 0o600


def test_two_stacks_do_not_share_a_folder(tmp_path: Path):
    settings = LocalSettings(folder=tmp_path)
    first, second = Stack(settings), Stack(settings)
    first.lock()
    with pytest.raises(StartError, match=f"already runs on .* {os.getpid()}"):
        second.lock()
    first.stop()
    second.lock()
    second.stop()


async def test_a_start_that_fails_leaves_nothing_running(folder: Path):
    """The broker refuses its configuration while PostgreSQL is still made: that server ends too."""
    unchecked = LocalSettings.model_construct({"folder"}, folder=folder, instance="no name")
    refused = Stack(unchecked, lambda _: None)
    refused.lock()
    with pytest.raises(StartError, match="nats-server ended with code 1"):
        await refused.start()
    assert (folder / "postgres" / "PG_VERSION").exists(), "it had begun"
    assert not [
        process for process in psutil.process_iter(["cmdline"]) if str(folder) in _command_line(process)
    ]
    again = Stack(LocalSettings(folder=folder), lambda _: None)
    again.lock()
    again.stop()


def _command_line(process: psutil.Process) -> str:
    return " ".join(process.info["cmdline"] or [])


def test_what_a_killed_test_process_left_is_swept(folder: Path):
    server = NatsServer(folder, INSTANCE, PASSWORDS)
    server.start()
    sweep()
    assert server.pid is not None, "its owner lives"
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    (folder / "owner").write_text(str(ended.pid))
    sweep()
    assert server.pid is None
    assert not folder.exists()
