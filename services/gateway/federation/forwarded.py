"""How far a bridge has come: kept in the headers of the last message that was put into the other stream.

There is no other place: so a restart, a second replica or a crash between two steps neither forgets
what was used of a metered line's budget nor counts or sends anything twice.
"""

from typing import NamedTuple

from nats.aio.msg import Msg

from services.gateway.broker import header
from shared.federation.protocol import DAY, SEQUENCE, SINCE, USED


class Forwarded(NamedTuple):
    """The sequence that crossed last, and on a metered line the bytes of its day.

    `since` says when the stream was made whose sequence it is: one that was made anew counts anew.
    """

    sequence: int = 0
    day: str = ""
    used: int = 0
    since: str = ""


def of(last: Msg | None) -> Forwarded:
    """From the last message of the other stream, nothing from one that is empty or has no number there.

    A region can write what it likes into the streams of its own link.
    """
    sequence, used = (_number(header(last, name)) for name in (SEQUENCE, USED))
    return Forwarded(sequence, header(last, DAY), used, header(last, SINCE))


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0
