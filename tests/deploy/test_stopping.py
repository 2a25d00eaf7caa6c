"""A service that waits for its database ends when it is told to, and not when the database is back."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deploy.local.processes import free_port
from tests.servers import run, wait_for

SECONDS = 5.0
WAITS = "start-up waits for the database"


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_a_start_that_waits_for_its_database_ends_within_five_seconds(tmp_path: Path, how: signal.Signals):
    environment = os.environ | {
        "STEWARD_MODE": "local",
        "STEWARD_PORT": str(free_port()),
        "STEWARD_DATABASE_URL": f"postgresql://nobody@127.0.0.1:{free_port()}/nothing",
        "STEWARD_NATS_URL": f"nats://127.0.0.1:{free_port()}",
        "STEWARD_OIDC_JWKS_URL": (tmp_path / "jwks.json").as_uri(),
    }
    (tmp_path / "jwks.json").write_text('{"keys": []}')
    log = tmp_path / "planning.log"
    with log.open("wb") as written:
        service = subprocess.Popen(
            [sys.executable, "-m", "shared.serve", "planning"],
            env=environment,
            stderr=written,
            stdout=subprocess.DEVNULL,
        )
    try:
        run(wait_for(lambda: WAITS in log.read_text() or service.poll() is not None, 60))
        assert service.poll() is None, log.read_text()
        service.send_signal(how)
        service.wait(SECONDS)
    finally:
        service.kill()
        service.wait()
    assert "Traceback" not in log.read_text()
