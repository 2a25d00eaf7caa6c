"""The one clock of domain time. Tests and the local stack set it forward through a file.

Only domain time moves (due dates, periods, follow-ups); token expiry and timeouts run on real time.
"""

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

_file: Path | None = None
_seen: tuple[int, int] = (0, 0)  # mtime_ns and inode of the file when the offset was read
_offset = timedelta()


def follow(path: Path | None) -> None:
    """Take the offset from `path` from now on; None returns to real time."""
    global _file, _seen, _offset
    _file, _seen, _offset = path, (0, 0), timedelta()


def now() -> datetime:
    """The current moment of domain time, in UTC."""
    return datetime.now(UTC) + offset()


def today() -> date:
    """The current day of domain time, in UTC."""
    return now().date()


def offset() -> timedelta:
    """How far domain time is ahead of real time; read again whenever the file changes."""
    global _seen, _offset
    if _file is None:
        return timedelta()
    try:
        stat = os.stat(_file)
    except FileNotFoundError:
        return timedelta()
    if (stat.st_mtime_ns, stat.st_ino) != _seen:
        _offset = timedelta(seconds=float(_file.read_text() or "0"))
        _seen = (stat.st_mtime_ns, stat.st_ino)
    return _offset


def set_offset(path: Path, value: timedelta) -> None:
    """Move domain time for every process that follows `path`; the file changes in one step."""
    beside = path.with_suffix(".new")
    beside.write_text(str(value.total_seconds()))
    beside.replace(path)
