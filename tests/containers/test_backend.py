"""`--backend containers`: skipped with the reason where there is no engine, a failure in CI."""

import os
import subprocess
import sys

import pytest

NOWHERE = "tcp://127.0.0.1:1"


def run_one_test(**environment: str) -> subprocess.CompletedProcess[str]:
    """A test that needs a server, in a process of its own without an engine."""
    known = {name: value for name, value in os.environ.items() if name != "CI"}
    test = "tests/deploy/test_nats.py::test_a_wrong_password_is_refused"
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "--backend", "containers", test],
        env={**known, "DOCKER_HOST": NOWHERE, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_without_an_engine_it_is_skipped_and_says_why():
    found = run_one_test()
    assert found.returncode == 0, found.stdout
    assert "1 skipped" in found.stdout
    assert "no container engine answers" in found.stdout


def test_in_ci_a_missing_engine_is_a_failure():
    found = run_one_test(CI="1")
    assert found.returncode == pytest.ExitCode.USAGE_ERROR
    assert "no container engine answers" in found.stderr


def test_containers_are_published_on_loopback_alone(in_containers: bool, postgres_server, nats_server):
    if not in_containers:
        pytest.skip("the servers are embedded")
    for server in (postgres_server, nats_server):
        ports = server._container.get_wrapped_container().ports
        addresses = [place["HostIp"] for places in ports.values() for place in places or ()]
        assert addresses == ["127.0.0.1"]
