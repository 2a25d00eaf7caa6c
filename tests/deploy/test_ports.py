"""A stack listens at the same ports at every start; one that is taken is said, or the start is refused."""

import json
import random
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from deploy.data_folder.settings import LocalSettings
from deploy.local import ports
from deploy.local.processes import PORTS, StartError
from deploy.services import NAMES


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ports, "WAIT_SECONDS", 0.1)


@contextmanager
def taken(port: int = 0) -> Iterator[int]:
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", port))
        holder.listen()
        yield holder.getsockname()[1]


def usual(folder: Path, **chosen: int) -> LocalSettings:
    """Settings that nobody wrote, whose usual ports are some that no other test has."""
    base = random.SystemRandom().choice(PORTS[:-20])
    named = {
        name: base + place
        for place, name in enumerate(("postgres_port", "nats_port", "traces_port", "metrics_port"), 6)
    }
    values = {"gateway_port": base} | named | chosen
    return LocalSettings.model_construct({"folder"}, folder=folder, **values)


def test_a_taken_port_is_said_and_stays_the_same_at_the_next_start(tmp_path: Path):
    lines: list[str] = []
    with taken() as port:
        first = ports.choose(tmp_path, usual(tmp_path, gateway_port=port), lines.append)
    assert set(first) == {"postgres", "nats", "traces", "metrics", "readers", *NAMES}
    assert len(set(first.values())) == len(first)
    assert lines[0] == f"port {port} is taken: gateway listens on {first['gateway']}, also at later starts"
    lines.clear()
    again = ports.choose(tmp_path, usual(tmp_path, gateway_port=port), lines.append)
    assert again == first
    assert lines == []


@pytest.mark.parametrize("name", ["gateway", "nats", "planning"])
def test_a_remembered_port_that_is_taken_refuses_the_start(tmp_path: Path, name: str):
    first = ports.choose(tmp_path, usual(tmp_path), lambda _: None)
    with (
        taken(first[name]),
        pytest.raises(StartError, match=f"Port {first[name]}, where {name} is to listen"),
    ):
        ports.choose(tmp_path, usual(tmp_path), lambda _: None)
    assert json.loads((tmp_path / "ports.json").read_text()) == first
    assert ports.choose(tmp_path, usual(tmp_path), lambda _: None) == first


def test_a_port_that_a_setting_names_is_had_or_refused(tmp_path: Path):
    with taken() as port:
        settings = LocalSettings(folder=tmp_path, gateway_port=port)
        with pytest.raises(StartError, match="set STEWARD_LOCAL_GATEWAY_PORT to another"):
            ports.choose(tmp_path, settings, lambda _: None)


def test_a_setting_wins_over_what_is_remembered(tmp_path: Path):
    first = ports.choose(tmp_path, usual(tmp_path), lambda _: None)
    other = usual(tmp_path).gateway_port
    named = LocalSettings.model_construct(
        {"folder", "gateway_port"}, **(usual(tmp_path).model_dump() | {"gateway_port": other})
    )
    second = ports.choose(tmp_path, named, lambda _: None)
    assert second == first | {"gateway": other}


def test_the_last_port_there_is_has_none_beside_it(tmp_path: Path):
    found = ports.choose(tmp_path, usual(tmp_path, gateway_port=65_535), lambda _: None)
    assert max(found.values()) <= 65_535
