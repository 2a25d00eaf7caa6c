"""What a person takes along from one region to another, as a file: sealed for the one and signed by the other.

It has the form of any carried file (`deploy/federation/transfer/sealing.py`): whoever carries it reads from which
region to which it goes, and nothing else. Inside are the record, results as they were shown, and plans; no
answers, raters, groups or comments, no sign-ins, and no id of the person.
"""

from datetime import date
from typing import Any, Literal
from uuid import UUID

import msgspec

from deploy.federation.federation_error import FederationError
from deploy.federation.pki.keys import Keys
from deploy.federation.transfer import sealing
from deploy.list_files.owning_regions import Region

MOST = 4 * 1024 * 1024  # bytes of a file
# What the other region takes in one request. Who has left cannot be sealed again, so more is refused before.
MOST_INSIDE = 512 * 1024  # bytes; its gateway takes 1 MB of any JSON
MOST_OF_EACH = 200  # results, plans
_RECORD = ("family_name", "given_name", "phone", "email", "sex", "birth_year", "cadre")
_RESULT = (
    "framework_code", "framework_version", "level", "role_code", "period", "completed_at", "scores", "targets",
    "gaps",
)  # fmt: skip
_PLAN = (
    "state", "outcome", "level", "competencies", "assessed_at", "proposed_at", "agreed_at", "closed_at",
)  # fmt: skip
_ACTIVITY = (
    "intervention_code", "approach", "delivery", "competencies", "hours", "due_on", "state", "started_at",
    "completed_at", "hours_spent",
)  # fmt: skip


class Route(msgspec.Struct, frozen=True):
    """What anybody may read of the file: from where to where, and under which number."""

    format: Literal["steward-person-1"]
    writer: str
    reader: str
    transfer_id: UUID


class Taken(msgspec.Struct, frozen=True):
    """What the file holds."""

    moved_on: date
    record: dict[str, Any]
    results: list[dict[str, Any]]
    plans: list[dict[str, Any]]


def record(person: dict[str, Any]) -> dict[str, Any]:
    """Of a person as `GET /v1/people/{person_id}` shows them what goes along."""
    return _only(person, _RECORD)


def result(shown: dict[str, Any]) -> dict[str, Any]:
    """The same of a result."""
    return _only(shown, _RESULT)


def plan(shown: dict[str, Any]) -> dict[str, Any]:
    """The same of a plan."""
    activities = [_only(each, _ACTIVITY) for each in shown["activities"]]
    return {**_only(shown, _PLAN), "activities": activities}


def _only(shown: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: shown.get(name) for name in names}


def packed(route: Route, taken: Taken, keys: Keys, reader: Region) -> bytes:
    """The file. Raises FederationError where the reader states no key, and for more than it takes."""
    if not reader.sealing_key:
        raise FederationError(f"{reader.region} states no key that a file can be sealed to.")
    content = msgspec.json.encode(taken)
    if len(content) > MOST_INSIDE or max(len(taken.results), len(taken.plans)) > MOST_OF_EACH:
        raise FederationError(
            f"This is more than {reader.region} takes: {MOST_OF_EACH} results, {MOST_OF_EACH} plans."
        )
    return sealing.seal_to(msgspec.json.encode(route), content, keys, reader.sealing_key)


def route_of(file: bytes) -> Route:
    """From where to where a file goes; nothing of it is proven yet. Raises FederationError."""
    try:
        return msgspec.json.decode(sealing.manifest_of_file(file), type=Route)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise FederationError("This is no file of a person who moves.") from None


def unpacked(file: bytes, keys: Keys, reader: str, writer: Region) -> Taken:
    """What a file holds that is for `reader`, proven to come from `writer`. Raises Forged, FederationError."""
    route = route_of(file)
    if (route.reader, route.writer) != (reader, writer.region):
        raise FederationError(f"The file is from {route.writer} for {route.reader}.")
    if not writer.signing_key:
        raise FederationError(f"{writer.region} states no key by which its files are known.")
    try:
        return msgspec.json.decode(sealing.opened(file, keys, writer.signing_key), type=Taken)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, ValueError):
        raise FederationError("This is no file of a person who moves.") from None
