"""When a delivery that failed is tried again, and when it is given up. Pure."""

import random
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import msgspec

HOUR = 3600.0


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """How patient deliveries are; all in seconds."""

    first: float = 5.0  # pause after the first failure; each is twice the one before, up to `longest`
    longest: float = HOUR
    warn_after: float = 24 * HOUR  # of failing only: the owner is warned
    give_up_after: float = 75 * HOUR  # a long weekend and a morning
    ack_wait: float = 30.0  # a delivery of a process that ended comes again after it


def pause(schedule: Schedule, failures: int, chance: random.Random) -> float:
    """Seconds until the next attempt after so many failures; by chance shorter, so that not all come at once."""
    whole = min(schedule.longest, schedule.first * 2.0 ** min(failures - 1, 40))
    return whole * (0.5 + chance.random() / 2)


def retry_after(header: str | None, now: float, most: float) -> float:
    """Seconds that a receiver asks to wait (RFC 9110 section 10.2.3), at most `most`; 0 where it does not."""
    text = (header or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), most)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0.0
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(0.0, min((aware - datetime.fromtimestamp(now, UTC)).total_seconds(), most))
