"""An event as readers are shown it: its envelope and the ids in it, and what is asked before it is shown. Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from urllib.parse import quote
from uuid import UUID

import msgspec

from shared.auth.event_readers import Asked
from shared.events.feed_events import SHOWN, Shown

Thin = dict[str, Any]
Data = Mapping[str, Any]


class Envelope(msgspec.Struct, frozen=True):
    """What is read of a stored event; the rest of it is not shown."""

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    instance: str
    aggregateversion: int
    data: dict[str, Any]
    epoch: int = 1


class Candidate(msgspec.Struct, frozen=True):
    """An event that may be shown, and for each of its items what is asked before; one without items has one."""

    seq: int
    envelope: Envelope
    kind: Shown
    asked: list[Asked]


def candidate(seq: int, event: bytes, day_of: Callable[[datetime], date]) -> Candidate | None:
    """A stored event, None for one that nobody is shown. `day_of` is the day of a moment at this instance."""
    try:
        envelope = msgspec.json.decode(event, type=Envelope)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    kind = SHOWN.get(envelope.type)
    if kind is None:
        return None
    try:
        day = day_of(envelope.time)
        parts = envelope.data["items"] if kind.items else [envelope.data]
        return Candidate(seq, envelope, kind, [_asked(kind, part, day) for part in parts])
    except (KeyError, TypeError, ValueError, AttributeError):
        return None  # it is not what its type says: nobody is shown it, and the next ones are not held up


def shown(found: Candidate, allowed: Sequence[bool], day_of: Callable[[datetime], date]) -> Thin | None:
    """The event with those of its items that are `allowed`, None where nothing is.

    Its time is the day alone where it is about a person: the moment in which an assessment completed, or a plan
    was changed, tells who did what just then.
    """
    if not any(allowed):
        return None
    envelope, kind = found.envelope, found.kind
    moment = f"{day_of(envelope.time)}T00:00:00Z" if kind.person else envelope.time.isoformat()
    event: Thin = {
        "specversion": "1.0",
        "id": envelope.id,
        "type": envelope.type,
        "source": envelope.source,
        "time": moment.replace("+00:00", "Z"),
        "instance": envelope.instance,
        "epoch": envelope.epoch,
        "datacontenttype": "application/json",
    }
    if kind.items:
        parts = zip(envelope.data["items"], allowed, strict=True)
        return event | {"data": {"items": [_only(part, kind.items) for part, may in parts if may]}}
    event |= {"subject": envelope.subject, "aggregateversion": envelope.aggregateversion}
    if kind.resource:
        event["dataref"] = kind.resource.format_map(
            {name: quote(str(envelope.data.get(name)), safe="") for name in kind.ids}
        )
    return event | {"data": _only(envelope.data, kind.ids)}


def people(event: Thin) -> list[str]:
    """The ids of those whom a thin event is about."""
    data = event["data"]
    parts = data.get("items", [data])
    return [part["person_id"] for part in parts if "person_id" in part]


def ordered_with(found: Candidate, event: Thin) -> list[str]:
    """Whose other events a thin event is in order with: those whom it is about.

    Where two people were merged or parted it is in order with both, though only one of them is shown: what was
    of the one comes before it, and what is of the other after it.
    """
    if "merged_id" in found.envelope.data:
        return [found.envelope.data["person_id"], found.envelope.data["merged_id"]]
    return people(event)


def _asked(kind: Shown, part: Data, day: date) -> Asked:
    right = kind.right_to(part)
    if not kind.person:
        return Asked(right=right, day=day, units=_codes(part[kind.unit]) if kind.unit else [])
    person = UUID(part[kind.person])
    if kind.unit:
        return Asked(
            right=right,
            day=day,
            person=person,
            units=_codes(part[kind.unit]),
            keeping=_codes(part[kind.unit]),
        )
    posts, today = part.get("posts", []), day.isoformat()
    lasting = [post for post in posts if post.get("valid_to") is None or post["valid_to"] >= today]
    held = [post["unit_code"] for post in lasting if post["valid_from"] <= today]
    keeping = [post["unit_code"] for post in lasting or posts]
    return Asked(right=right, day=day, person=person, units=_codes(*held), keeping=_codes(*keeping))


def _codes(*values: Any) -> list[str]:
    """Codes of units in order, each once. Raises TypeError for what is none."""
    if not all(isinstance(value, str) for value in values):
        raise TypeError
    return sorted(set(values))


def _only(data: Data, names: Sequence[str]) -> dict[str, Any]:
    return {name: data[name] for name in names if data.get(name) is not None}
