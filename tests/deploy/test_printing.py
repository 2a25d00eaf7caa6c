"""Tables and progress on a real terminal, and as plain lines where there is none."""

import contextlib
import io
import os
import pty
import re
import termios

import pytest

from deploy.printing import Progress, plain, show, show_line, table

ROWS = [("north", "ok", "7"), ("[red]south[/red]", "late", "1200")]


class Terminal:
    """A terminal of 60 columns, and what was written to it."""

    def __init__(self) -> None:
        self._reader, writer = pty.openpty()
        termios.tcsetwinsize(writer, (24, 60))
        self.stream = os.fdopen(writer, "w")

    def written(self) -> str:
        """All that was written; nothing can be written after that."""
        self.stream.close()
        found = b""
        with contextlib.suppress(OSError):  # the other end is closed
            while more := os.read(self._reader, 65536):
                found += more
        os.close(self._reader)
        return found.decode()


def text(written: str) -> str:
    """Without the sequences that a terminal obeys."""
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", written).replace("\r\n", "\n")


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    return Terminal()


def test_a_table_has_a_line_a_row_where_no_terminal_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "20")
    wide = [*ROWS, ("x" * 300, "ok", "0")]
    made = table(("REGION", "STATE", "LAG"), wide, numbers=("LAG",), style=lambda row: "red")
    stream = io.StringIO()
    show(made, stream)
    lines = stream.getvalue().splitlines()
    assert lines == plain(made)
    assert [line.split() for line in lines] == [["REGION", "STATE", "LAG"], *map(list, wide)]
    assert all(len(line) == len(lines[0]) for line in lines), "numbers end in one column"


def test_a_table_on_a_terminal_has_styles_and_stays_within_it(terminal: Terminal) -> None:
    rows = [*ROWS, ("words " * 30, "ok", "0")]
    show(
        table(("REGION", "STATE", "LAG"), rows, style=lambda row: "yellow" if row[1] == "late" else ""),
        terminal.stream,
    )
    written = terminal.written()
    lines = text(written).splitlines()
    assert max(len(line.rstrip()) for line in lines) <= 60
    assert len(lines) > 4
    (late,) = [line for line in written.splitlines() if "late" in line]
    assert "\x1b[33m" in late
    assert "[red]south[/red]" in text(late), "what others wrote is no markup"


def test_a_line_is_coloured_on_a_terminal_alone(terminal: Terminal) -> None:
    stream = io.StringIO()
    for where in (stream, terminal.stream):
        show_line("[bold]failed", "red", where)
    assert stream.getvalue() == "[bold]failed\n"
    assert "\x1b[31m" in (written := terminal.written())
    assert text(written) == "[bold]failed\n"


def test_progress_is_lines_where_no_terminal_is() -> None:
    stream = io.StringIO()
    say = Progress(stream)
    with say.working("loading", 2):
        say("first")
        say.advance()
    say("[done]")
    assert re.fullmatch(r"\[   0\.\d s\] first\n\[   0\.\d s\] \[done\]\n", stream.getvalue())


def test_progress_on_a_terminal_is_counted_and_goes_away(terminal: Terminal) -> None:
    say = Progress(terminal.stream)
    with say.working("loading the country", 3):
        say("first")
        say("[red]second")
        say.advance()
    say("after")
    written = terminal.written()
    assert "loading the country" in written
    assert "3/3" in text(written)
    assert "[red]second" in text(written)
    assert written.rstrip().endswith("] after")
    assert written.index("\x1b[?25l") < written.rindex("\x1b[?25h"), "the cursor is back"


def test_nobody_reading_is_no_failure() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    stream = os.fdopen(writer, "w")
    Progress(stream)("said to nobody")
    with contextlib.suppress(OSError):
        stream.close()
