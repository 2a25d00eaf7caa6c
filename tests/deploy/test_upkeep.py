"""Nothing is removed without being named and confirmed, nor under a running stack; `stop` ends one in order."""

import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from deploy.cli import app
from deploy.data_folder.settings import LocalSettings
from deploy.federation.store.membership_store import Folder
from deploy.local import upkeep
from deploy.local.processes import StartError
from deploy.local.stack import Stack

HOLDER = """
import signal, sys
from pathlib import Path
from deploy.data_folder.settings import LocalSettings
from deploy.local.stack import Stack
stack = Stack(LocalSettings(folder=Path(sys.argv[1])))
stack.lock()
signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))
print("locked", flush=True)
signal.pause()
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STEWARD_LOCAL_FOLDER", str(tmp_path))
    for name in ("nats", "logs"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "file").write_bytes(b"x" * 2_500_000)
    (tmp_path / "clock").write_text("86400")
    (tmp_path / "secrets.json").write_text("{}")
    return tmp_path


def stack(folder: Path) -> Stack:
    return Stack(LocalSettings(folder=folder), lambda _: None)


def command(*arguments: str, answer: str = "") -> tuple[int, str, BaseException | None]:
    ended = CliRunner().invoke(app, arguments, input=answer)
    return ended.exit_code, ended.output, ended.exception


def test_reset_names_what_it_removes_and_asks(folder: Path):
    _, said, refused = command("reset", answer="n\n")
    assert f"{folder}/nats: events that were published, 2.5 MB" in said
    assert f"{folder}/clock" in said
    assert "logs" not in said
    assert str(refused) == "Nothing was removed."
    assert (folder / "nats" / "file").exists()
    code, said, _ = command("reset", answer="y\n")
    assert code == 0, said
    assert sorted(path.name for path in folder.iterdir() if path.name != "run") == [
        "lock", "logs", "secrets.json"
    ]  # fmt: skip


def test_reset_without_anybody_to_ask_removes_nothing(folder: Path):
    code, _, _ = command("reset")
    assert code != 0
    assert (folder / "nats" / "file").exists()


def test_reset_says_that_there_is_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("STEWARD_LOCAL_FOLDER", str(tmp_path))
    _, _, refused = command("reset", "--yes")
    assert str(refused) == f"{tmp_path} holds no data."


def test_a_member_of_a_federation_is_not_emptied(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Folder, "role", lambda _: "region")
    with pytest.raises(StartError, match="is a region of a federation"):
        upkeep.remove_data(stack(folder))
    assert (folder / "nats" / "file").exists()


def test_a_running_stack_is_not_emptied_and_stop_ends_it(folder: Path):
    assert not upkeep.stop_running(stack(folder))
    holder = subprocess.Popen([sys.executable, "-c", HOLDER, str(folder)], stdout=subprocess.PIPE, text=True)
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "locked\n"
        with pytest.raises(StartError, match=f"already runs .* {holder.pid}"):
            upkeep.remove_data(stack(folder))
        assert (folder / "nats" / "file").exists()
        assert upkeep.stop_running(stack(folder))
        assert holder.wait(5) == 7
    assert not upkeep.stop_running(stack(folder))


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("GATEWAY_PORT", "abc", "STEWARD_LOCAL_GATEWAY_PORT: "),
        ("GATEWAY_PORT", "99999", "STEWARD_LOCAL_GATEWAY_PORT: "),
        ("TRACE_RATIO", "half", "STEWARD_LOCAL_TRACE_RATIO: "),
        ("FOLDER", __file__, f"STEWARD_LOCAL_FOLDER: {__file__} is a file, not a folder"),
        ("FOLDER", f"{__file__}/below", f"STEWARD_LOCAL_FOLDER: {__file__} is a file, not a folder"),
        ("INSTANCE", "North", "STEWARD_LOCAL_INSTANCE: "),
    ],
)
def test_a_wrong_setting_is_one_line_of_every_command(
    monkeypatch: pytest.MonkeyPatch, setting: str, value: str, said: str
):
    monkeypatch.setenv(f"STEWARD_LOCAL_{setting}", value)
    for arguments in (["run"], ["stop"], ["reset"], ["token", "ops"], ["trace"], ["federation", "status"]):
        refused = command(*arguments)[2]
        assert str(refused).startswith(said), arguments
        assert "\n" not in str(refused)
