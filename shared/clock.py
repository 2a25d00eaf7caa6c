"""The one clock of domain time. Tests and the local stack set it forward through a file.

Only domain time moves (due dates, periods, follow-ups); token expiry and timeouts run on real time.
Moments are stored and sent in UTC. Days are those of the instance's time zone: there they begin,
so there cycles close, things fall due and periods end.
"""

import os
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from pathlib import Path
from zoneinfo import ZoneInfo

_file: Path | None = None
_seen: tuple[int, int] = (0, 0)  # mtime_ns and inode of the file when the offset was read
_offset = timedelta()
_zone: tzinfo = UTC


def set_zone(name: str) -> None:
    """Days are from now on those of this time zone of the IANA database, e.g. ``Africa/Nairobi``."""
    global _zone
    _zone = UTC if name == "UTC" else ZoneInfo(name)


def zone() -> str:
    """The name of the instance's time zone, as PostgreSQL takes it too."""
    return _zone.key if isinstance(_zone, ZoneInfo) else "UTC"


def follow(path: Path | None) -> None:
    """Take the offset from `path` from now on; None returns to real time."""
    global _file, _seen, _offset
    _file, _seen, _offset = path, (0, 0), timedelta()


def now() -> datetime:
    """The current moment of domain time, in UTC."""
    return datetime.now(UTC) + offset()


def real() -> datetime:
    """The current moment of real time, in UTC: of tokens and secrets, which no stack moves."""
    return datetime.now(UTC)


def today() -> date:
    """The current day of domain time, in the instance's time zone."""
    return day_of(now())


def day_of(moment: datetime) -> date:
    """The day of a moment in the instance's time zone."""
    return local(moment).date()


def local(moment: datetime) -> datetime:
    """The same moment on the clocks of the instance's time zone, whose `date()` is its day there."""
    return moment.astimezone(_zone)


def noon(day: date) -> datetime:
    """Noon of a day in the instance's time zone, in UTC: for what is known by its day alone."""
    return datetime.combine(day, time(12), _zone).astimezone(UTC)


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
