"""What must not be seen on a link, in every form in which it could be, and what alone may be."""

import base64
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

import ahocorasick_rs
import msgspec

from shared.disclosure.document import read
from shared.events import envelope
from shared.events.assessment import Rollup
from shared.events.catalogue import every_event
from shared.events.event import Event
from shared.events.planning import PlanTotal, ToldFigures
from shared.events.registry import Headcount
from shared.events.release_parts import ReleasePublished
from shared.federation.document_parts import opened
from shared.federation.heartbeat import Heartbeat
from shared.suppression import small
from tests.federation.instance import Instance
from tests.federation.wire import Message, messages

# A name in quotes, as JSON has it, and with the other name; a short one alone stands in random ids too.
_PERSONAL = {
    "registry": [
        """select '"' || given_name || '"' from person""",
        """select '"' || family_name || '"' from person""",
        "select given_name || ' ' || family_name from person",
        "select phone from person",
        "select email from person",
        "select external_id from person where length(external_id) > 5",
        "select external_id from post where length(external_id) > 5",
        "select value from person_identifier where length(value) > 5",
        "select value from post_identifier where length(value) > 5",
        "select sub from subject where length(sub) > 5",
    ],
}
_IDS = {
    "registry": ["select person_id from person", "select post_id from post"],
    "assessment": ["select assessment_id from assessment", "select request_id from rater_request"],
    "planning": ["select plan_id from plan", "select activity_id from activity"],
}
_RATINGS = ["select ratings from response", "select scores from result"]
_FIELDS = [b"person_id", b"post_id", b"given_name", b"family_name", b"birth_year", b"scores"]
_UUID = re.compile(r"[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}", re.IGNORECASE)
_SHA256 = re.compile(r"[0-9a-f]{64}")
# What nat-servers say to each other so that a stream of the one can be read by the other, and nothing else.
_SERVERS = re.compile(
    r"\$JS\.[a-z-]+\.API\.(CONSUMER\.CREATE|STREAM\.INFO)\.(UPLINK_[a-z-]+_\d+|DOWN)(\..*)?"
    r"|\$JS\.FC\.(UPLINK_[a-z-]+_\d+|DOWN)\..*|\$JSC\.R\..*|_R_\..*"
)


async def personal(region: Instance) -> set[bytes]:
    """Names, contacts, external ids, ids and ratings of everybody, as text, bytes, hexadecimal and base64."""
    found: set[bytes] = {b'"%b"' % name for name in _FIELDS}
    for service, statements in _PERSONAL.items():
        for statement in statements:
            for (word,) in await region.rows(service, statement):
                found |= _forms((word or "").encode())
    for service, statements in _IDS.items():
        for statement in statements:
            for (given,) in await region.rows(service, statement):
                word = UUID(str(given))
                found |= {word.hex.encode(), *_forms(str(word).encode()), *_forms(word.bytes)}
    for statement in _RATINGS:
        for (given,) in await region.rows("assessment", statement):
            found |= _vector(given)
    return {word for word in found if len(word) > 5}


def _vector(given: Iterable[int | None]) -> set[bytes]:
    """Ratings of one rater, or scores of one person, as JSON with and without spaces, and as bytes."""
    values = list(given)
    if len(set(values)) < 3:  # such as all nulls: a vector that says nothing and that a figure may be too
        return set()
    plain = json.dumps(values, separators=(",", ":"))
    known = bytes(min(value or 0, 255) for value in values)
    return {word for text in (plain, json.dumps(values)) for word in _forms(text.encode())} | {known}


def _forms(word: bytes) -> set[bytes]:
    """A word as it is and in base64, wherever in the encoded text it begins, in both alphabets."""
    if len(word) < 6:
        return {word}
    found = {word}
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + word)
        # The first and the last characters also depend on what stands beside the word.
        inner = encoded[-(-before * 8 // 6) : (before + len(word)) * 8 // 6]
        found |= {inner, inner.replace(b"+", b"-").replace(b"/", b"_")}
    return found


class Secrets:
    """Words that are looked for all at once: there are a hundred thousand, and the line saw megabytes."""

    def __init__(self, words: Iterable[bytes]) -> None:
        self.words = sorted(words)
        self._search = ahocorasick_rs.BytesAhoCorasick(self.words)

    def seen(self, flow: bytes) -> set[bytes]:
        """Those that stand in `flow`."""
        found = self._search.find_matches_as_indexes(flow, overlapping=True)
        return {self.words[number] for number, _, _ in found}


def events(reach: str) -> dict[str, type[Event]]:
    """Every event with that reach, by the end of its subject."""
    return {
        event.subject("x").split(f".{reach}.")[1]: event
        for event in every_event()
        if event.reach.value == reach
    }


def released(flow: bytes) -> bytes:
    """The documents of releases in one direction, one after the other: parts of them are compressed."""
    found = events("up")
    bodies = [
        (found.get(message.event.partition(".up.")[2]), message.body)
        for message in messages(flow)
        if message.event
    ]
    pieces = [
        msgspec.json.decode(body, type=envelope.Envelope[kind]).data.piece  # type: ignore[valid-type]
        for kind, body in bodies
        if kind is not None and issubclass(kind, ReleasePublished)
    ]
    return b"\n".join(map(opened, pieces))


def kinds(flow: bytes, region: str) -> Counter[str]:
    """What the messages of one direction are, counted; AssertionError on one that should not be there."""
    return Counter(kind(message, region) for message in messages(flow))


def kind(message: Message, region: str) -> str:
    """What a message is; AssertionError where it is nothing that may pass, or says more than it may."""
    for reach, speaker in (("up", region), ("down", "hub")):
        if message.subject.startswith(f"_FED.{reach}.{region}."):
            if not message.event:
                assert not message.body, message.subject  # that the other side is still there
                return "idle"
            prefix = f"steward.{speaker}.{reach}."
            assert message.event.startswith(prefix), message.event
            event = events(reach)[message.event.removeprefix(prefix)]
            known: Any = envelope.Envelope[event]  # type: ignore[valid-type]
            assert not list(_more(message.body, known, reach))
            seen = list(few(msgspec.json.decode(message.body, type=known).data))
            assert not seen, seen
            return reach
    if message.subject == f"_FED.beat.{region}":
        assert not list(_more(message.body, Heartbeat, "beat"))
        return "beat"
    assert _SERVERS.fullmatch(message.subject), message.subject
    return "servers"


def few(event: Event) -> Iterator[str]:
    """What in an event that goes up is of one to four people, or tells as many apart within one item."""
    if isinstance(event, ReleasePublished):
        yield from _few_released(event)
    for item in getattr(event, "items", ()):
        for name, figure in _figures(item):
            if figure is not None and small(figure):
                yield f"{name}: {figure} in {item}"
        if isinstance(item, PlanTotal) and item.figures is not None:
            yield f"figures of one population: {item}"


def _few_released(event: ReleasePublished) -> Iterator[str]:
    """People, and subsets with the rest of their whole; other totals are no numbers of people."""
    for cell in read(opened(event.piece), event.digest).cells:
        subset = cell.measure.startswith("below ") or cell.measure == "women"
        parts = (cell.total, _less(cell.people, cell.total)) if subset else ()
        if any(figure is not None and small(figure) for figure in (cell.people, *parts)):
            yield f"{cell} in {event.cube}"


def _figures(item: Any) -> Iterator[tuple[str, int | None]]:
    """The figures of an item that count people, or what each has one of at least, and what they leave."""
    match item:
        case Headcount():
            yield from (("people", item.people), ("women", item.women))
            yield "men", _less(item.people, item.women)
        case Rollup():
            yield "people", item.people
            for count, below in zip(item.counts, item.below, strict=True):
                yield from (("judged", count), ("below", below), ("not below", _less(count, below)))
        case PlanTotal():
            told = msgspec.structs.asdict(item.told or ToldFigures())
            yield from {"people": item.people, **told}.items()
            yield "given up", _less(told["closed"], told["completed"])


def _less(figure: int | None, part: int | None) -> int | None:
    return None if figure is None or part is None else figure - part


def _more(body: bytes, known: Any, reach: str) -> Iterator[str]:
    """What a body says beyond what its type says: fields that the type lacks, ids inside its data."""
    raw = json.loads(body)
    yield from _unknown(raw, msgspec.to_builtins(msgspec.json.decode(body, type=known)), "")
    if reach == "up":
        yield from _ids(raw["data"], "data")


def _unknown(raw: Any, typed: Any, place: str) -> Iterator[str]:
    if isinstance(raw, dict):
        for name, value in raw.items():
            if not isinstance(typed, dict) or name not in typed:
                if value is not None:
                    yield f"{place}/{name}"
            else:
                yield from _unknown(value, typed[name], f"{place}/{name}")
    elif isinstance(raw, list) and isinstance(typed, list):
        for value, known in zip(raw, typed, strict=True):
            yield from _unknown(value, known, place)


def _ids(value: Any, place: str) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name != "digest" or not _SHA256.fullmatch(str(inner)):
                yield from _ids(inner, f"{place}/{name}")
    elif isinstance(value, list):
        for inner in value:
            yield from _ids(inner, place)
    elif isinstance(value, str) and _UUID.search(value):
        yield place
