"""The client: every operation of the API, and the events followed."""

from collections.abc import AsyncIterator

from steward_client import events
from steward_client.generated.operations import Operations


class Client(Operations):
    """Steward's API under one token, as an asynchronous context; parameters as of `Transport`."""

    def event_batches(self, after: str | None = None, *, limit: int = 200) -> AsyncIterator[events.Batch]:
        """Pages of events after a cursor, until there is nothing more; without one from the oldest event on.

        Raises Problem `cursor-expired`: begin again with `get_events_snapshot`.
        """
        return events.batches(self, after, limit)

    def event_stream(self, after: str | None = None) -> AsyncIterator[events.StreamedEvent]:
        """What happens after a cursor, as it happens.

        A stream ends after some minutes: go on from its last cursor.

        Raises Problem `cursor-expired`: begin again with `get_events_snapshot`.
        """
        return events.stream(self, after)
