"""What commands show people, by rich: tables and progress on a terminal, and plain lines everywhere else.

The plain form is read by scripts, so a stream alone decides, not FORCE_COLOR or the like. Nothing that is shown is
taken for markup.
"""

import os
import sys
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress as Bar
    from rich.progress import TaskID
    from rich.table import Table

_WIDE = 100_000  # columns where nobody's terminal cuts a line


def table(
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    numbers: Collection[str] = (),
    style: Callable[[Sequence[str]], str] | None = None,
) -> "Table":
    """A table, with `numbers`, some of its headings, to the right; `style` gives a row one of rich's styles."""
    from rich.table import Table
    from rich.text import Text

    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for heading in headings:
        made.add_column(heading, justify="right" if heading in numbers else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text(cell) for cell in row), style=style(row) if style else None)
    return made


def plain(shown: "Table") -> list[str]:
    """A table as lines of text, each row on one."""
    from rich.console import Console

    console = Console(width=_WIDE, color_system=None, force_terminal=False)
    with console.capture() as captured:
        console.print(shown)
    return [line.rstrip() for line in captured.get().splitlines()]


def show(shown: "Table", stream: TextIO | None = None) -> None:
    """Print a table as the stream (default: standard output) has room for it."""
    stream = stream or sys.stdout
    if stream.isatty():
        _console(stream).print(shown, width=os.get_terminal_size(stream.fileno()).columns)
    else:
        print("\n".join(plain(shown)), file=stream)


def show_line(line: str, style: str = "", stream: TextIO | None = None) -> None:
    """Print a line, on a terminal in a style of rich's."""
    stream = stream or sys.stdout
    if style and stream.isatty():
        _console(stream).print(line, style=style, markup=False, highlight=False, soft_wrap=True)
    else:
        print(line, file=stream)


class Progress:
    """Says each step on a line, with the seconds since it was made in front; called with the line."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._began = time.monotonic()
        self._bar: tuple[Bar, TaskID] | None = None

    def __call__(self, line: str) -> None:
        """Say a step that was done."""
        text = f"[{time.monotonic() - self._began:6.1f} s] {line}"
        # Nobody may be reading any more (`make run | head`); the stack is to stop in order all the same.
        with suppress(OSError):
            if self._bar is None:
                print(text, file=self._stream, flush=True)
                return
            bar, task = self._bar
            bar.console.print(text, markup=False, highlight=False, soft_wrap=True)
            bar.advance(task)

    def advance(self) -> None:
        """Count a step without printing anything."""
        if self._bar is not None:
            self._bar[0].advance(self._bar[1])

    @contextmanager
    def working(self, what: str, steps: int | None = None) -> Iterator[None]:
        """While it lasts, a terminal shows `what` is done, for how long, and how many of its `steps` are done."""
        if not self._stream.isatty():
            yield
            return
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        counted = () if steps is None else (BarColumn(), MofNCompleteColumn())
        columns = (
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            *counted,
            TimeElapsedColumn(),
        )
        with Progress(*columns, console=_console(self._stream), transient=True) as bar:
            self._bar = bar, bar.add_task(what, total=steps)
            try:
                yield
            finally:
                self._bar = None


def _console(stream: TextIO) -> "Console":
    from rich.console import Console

    return Console(file=stream, force_terminal=True)
