"""Every published event, listed once for documents and contracts."""

from shared.events import assessment, evaluation, person_arrivals, planning, registry, release_parts
from shared.events.event import Event


def every_event() -> list[type[Event]]:
    """All published event classes, sorted by type."""
    found = [
        value
        for module in (assessment, evaluation, person_arrivals, planning, registry, release_parts)
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, Event) and value.service
    ]
    return sorted(found, key=lambda event: event.type())
