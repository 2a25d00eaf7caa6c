"""How far a crossing has come: kept in the headers of the last message that was put into the other stream.

There is no other place: so a restart, a second replica or a crash between two steps neither forgets
what was used of a metered line's budget nor counts or sends anything twice.
"""

from typing import NamedTuple

from nats.aio.msg import Msg

SEQUENCE, DAY, USED = "Steward-Sequence", "Steward-Day", "Steward-Day-Bytes"


class Forwarded(NamedTuple):
    """The sequence that crossed last, and on a metered line the bytes of its day."""

    sequence: int = 0
    day: str = ""
    used: int = 0


def of(last: Msg | None) -> Forwarded:
    """From the last message of the other stream, nothing from a stream that is empty."""
    headers = (last.headers if last else None) or {}
    return Forwarded(int(headers.get(SEQUENCE, 0)), headers.get(DAY, ""), int(headers.get(USED, 0)))
