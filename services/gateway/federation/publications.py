"""Which publications of the hub a region has, read from its copy of them, each message once a connection."""

import json
from typing import Any
from weakref import WeakKeyDictionary

from nats.aio.client import Client
from nats.js.errors import NotFoundError

from shared.events.event import published
from shared.messaging.stream_names import DOWN

# The field that says the version of a publication, by its fact.
FIELDS = {
    "framework-published": ("framework", "framework_version"),
    "profiles-published": ("profiles", "profiles_version"),
    "catalogue-published": ("catalogue", "catalogue_version"),
    "entries-offered": ("entries", "entries_version"),
    "indicators-published": ("indicators", "indicators_version"),
    "targets-published": ("targets", "targets_version"),
}
MOST = 200  # messages read at a time; of a region that was away for long, step by step


class _Read:
    """How far a connection has read, and what it found by name."""

    def __init__(self) -> None:
        self.after = 0
        self.versions: dict[str, str] = {}


_READ: WeakKeyDictionary[Client, _Read] = WeakKeyDictionary()


async def versions(client: Client, last: int) -> dict[str, str]:
    """The newest version of each publication up to sequence `last` of DOWN."""
    read = _READ.setdefault(client, _Read())
    if last < read.after:  # the copy was deleted and made again
        read = _READ[client] = _Read()
    for _ in range(MOST):
        if read.after >= last:
            break
        try:
            found = await client.jetstream().get_msg(
                DOWN, read.after + 1, subject=f"{published('*', 'down')}.>", next=True
            )
        except NotFoundError:
            read.after = last
            break
        read.versions.update(_version(str(found.subject), found.data or b""))
        read.after = int(found.seq or last)
    return dict(read.versions)


def _version(subject: str, data: bytes) -> dict[str, str]:
    """Name and version of one publication, nothing of one that is not known or cannot be read."""
    name, field = FIELDS.get(subject.split(".")[-2], ("", ""))
    try:
        content: dict[str, Any] = json.loads(data)["data"]
        version = content.get(field, content.get("version"))
        code = content.get("framework_code", "")
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}
    return {f"{name} {code}".strip(): str(version)} if name and version is not None else {}
