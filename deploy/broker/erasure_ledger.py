"""The stream that remembers who was erased, for databases that come back from a backup.

The server copies it by itself out of LOCAL, and keeps it for good: no service can write it, and nobody can delete
from it.
"""

from collections.abc import Iterator

from nats.js.api import StreamConfig, StreamSource

from shared.events.registry import PersonErased
from shared.federation.protocol import direct_get
from shared.messaging.stream_names import ERASURES, LOCAL


def configured(stream: StreamConfig) -> StreamConfig:
    """`stream` as the one that has a copy of each erasure."""
    source = StreamSource(name=LOCAL, filter_subject=PersonErased.subject("*"))
    return stream.evolve(
        subjects=None, sources=[source], max_age=0, allow_direct=True, deny_delete=True, deny_purge=True
    )


def asked_by_owners() -> Iterator[str]:
    """What a service with a database asks of it: its messages, one after another."""
    yield from (f"{direct_get()}.{ERASURES}", f"{direct_get()}.{ERASURES}.>")
