"""How far a metered line has come: kept in the headers of the last message that was forwarded.

There is no other place: so a restart, a second replica or a crash between two steps neither forgets
what was used of the day's budget nor counts or sends anything twice.
"""

from typing import NamedTuple

from nats.aio.msg import Msg

from services.gateway import beats

SEQUENCE, DAY, USED = "Steward-Up-Sequence", "Steward-Day", "Steward-Day-Bytes"


class Forwarded(NamedTuple):
    """The sequence in UP that was forwarded last, and the bytes of its day."""

    sequence: int = 0
    day: str = ""
    used: int = 0


def of(last: Msg | None) -> Forwarded:
    """From the uplink's last message; one from before the line was metered was sourced from UP."""
    headers = (last.headers if last else None) or {}
    if SEQUENCE in headers:
        return Forwarded(int(headers[SEQUENCE]), headers.get(DAY, ""), int(headers.get(USED, 0)))
    stream, sequence = beats.source(headers)
    return Forwarded(sequence) if stream == "UP" else Forwarded()
