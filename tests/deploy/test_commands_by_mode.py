"""What the `steward` commands say where nothing runs, in each mode and place of a federation: one line."""

import sys
from pathlib import Path

import pytest

from deploy import cli

AWAY = {
    "OIDC_ISSUER": "https://id.example", "OIDC_JWKS_URL": "https://127.0.0.1:9/keys", "SUBJECT_PEPPER": "p" * 32,
    "NATS_URL": "nats://127.0.0.1:9", "NATS_USER": "admin", "NATS_PASSWORD": "x",
    "DATABASE_URL": "postgresql://a:b@127.0.0.1:9/none",
}  # fmt: skip
COMMANDS = {
    "clock": "No stack has run on",
    "clock +1d": "No stack has run on",
    "clock reset": "No stack has run on",
    "token ops": "No stack has run on",
    "migrate gateway": "gateway has no schema",
    "migrate nobody": "There is no service 'nobody'",
    "migrate planning": "The database refused, or was not reached",
    "migrate --roles": "There is no secret",
    "rebuild gateway": "keeps no projection",
    "rebuild registry": "keeps no projection",
    "rebuild planning": "planning stays as it is",
    "trace --last-error": "No traces in",
    "reset": "holds no data",
    "federation status": "No stack runs here",
    "smoke --url http://127.0.0.1:9 --under X --tokens /none": "There is no token",
}


@pytest.mark.parametrize("federation", ["none", "hub", "region"])
@pytest.mark.parametrize("mode", ["local", "production"])
def test_where_nothing_runs_a_command_ends_with_one_clear_line(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    mode: str,
    federation: str,
):
    folder = tmp_path / "none"
    for name, value in {**AWAY, "MODE": mode, "FEDERATION": federation, "LOCAL_FOLDER": str(folder)}.items():
        monkeypatch.setenv(f"STEWARD_{name}", value)
    monkeypatch.setenv("STEWARD_TOKEN", "none")
    monkeypatch.setattr(cli.logs, "start_unsettled", lambda *_: None)
    for command, said in COMMANDS.items():
        monkeypatch.setattr(sys, "argv", ["steward", *command.split()])
        with pytest.raises(SystemExit) as ended:
            cli.main()
        printed = capsys.readouterr()
        assert (ended.value.code, printed.out) == (2, ""), (command, printed)
        assert said in printed.err, (command, printed.err)
        assert printed.err.count("\n") == 1, (command, printed.err)
    assert not folder.exists()
