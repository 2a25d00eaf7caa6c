"""How far a bridge has come, in the headers of the last message of its target stream.

It is stored nowhere else. So after a restart, with a second replica or after a crash between two steps nothing
is sent or counted twice, and what was used of a metered line's budget is known.
"""

from typing import NamedTuple

from nats.aio.msg import Msg

from services.gateway.broker import header
from shared.federation.protocol import DAY, SEQUENCE, SINCE, USED


class Forwarded(NamedTuple):
    """The source's sequence of the last event, and on a metered line the bytes that were used on its day.

    `since` is when the source stream was made: one that was deleted and made again begins again with 1.
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
