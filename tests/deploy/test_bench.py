"""`make bench` runs: every aim has its figure. How fast things are is no test's business."""

import json
import os
import subprocess
import sys

import pytest

AIMS = (
    "submit, share of pgbench", "gateway's cost", "bulk submit, share", "bulk submit, unchanged",
    "people import, share",
    "people import, unchanged", "people import of CSV, share", "people import of CSV, unchanged",
    "lines of CSV", "peak memory", "relay drain", "consumer of completed", "roll-up of country",
    "SCIM lookup by userName", "profile read, audited",
    "freshness", "commit to handler", "memory of gateway",
)  # fmt: skip


@pytest.mark.slow(45)
@pytest.mark.timeout(300)
def test_the_bench_measures_everything_it_names():
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench", "--quick"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, env=dict(os.environ))
    assert done.returncode == 0, done.stderr[-3000:]
    figures = json.loads(done.stdout.splitlines()[-1])
    for aim in AIMS:
        assert any(aim in figure["name"] for figure in figures), aim
    assert {figure["verdict"] for figure in figures} <= {"ok", "MISS", ""}
