"""The stream of the event feed: copies of what readers over HTTP may be shown, in one order.

The server copies them by itself out of LOCAL, UP and DOWN. So a feed has one position for all reaches, and who
reads it needs no right to any stream that the services read.
"""

from collections.abc import Iterator

from nats.js.api import StreamConfig, StreamSource, SubjectTransform

from shared.events.event import Reach
from shared.events.feed_events import SHOWN


def configured(stream: StreamConfig) -> StreamConfig:
    """`stream` as the one that is filled from the others, and read without a consumer too.

    It has room for all that the others hold in the same time. So it is never full before one of them is, which
    then refuses events: the outbox holds them back, and a feed has no gap.
    """
    return stream.evolve(subjects=None, sources=list(_sources()), allow_direct=True)


def _sources() -> Iterator[StreamSource]:
    for reach in Reach:
        shown = [kind.event.subject("*") for kind in SHOWN.values() if kind.event.reach is reach]
        same = [
            SubjectTransform(subject, subject.replace("*", "{{wildcard(1)}}")) for subject in sorted(shown)
        ]
        yield StreamSource(name=reach.stream, subject_transforms=same)
