"""What a region published, by the events in its own outboxes alone: the last version of each figure and unit.

Figures are asked of the single ones that a region sends for hubs of earlier versions, while the hub shows
those of whole releases: both say the same. Nothing here asks a service's code or a hub's table what an event
means: what a hub shows must follow from what was sent up, whatever the services make of it on the way.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson

from tests.federation.instance import Instance

Item = dict[str, Any]
Figures = tuple[int | None, ...]
Key = tuple[str, str, str]  # period, slice (a level, an indicator), unit
PLANS = ("proposed", "agreed", "closed", "completed", "activities_due", "activities_completed", "hours")


@dataclass(frozen=True)
class Cell:
    """One figure as it was published last; a place in `figures` is None where it is suppressed.

    A single figure has a version of its own, and one of a release the release's number.
    """

    epoch: int
    version: int = field(compare=False)
    figures: Figures | None


@dataclass(frozen=True)
class Kind:
    """Which events tell figures of one kind, and how an item of theirs is read."""

    service: str
    fact: str
    slice: str  # the field of an item that says which, where there are several
    read: Callable[[Item], Figures | None]


def _headcount(item: Item) -> Figures | None:
    return None if item["people"] is None else (item["people"], item["women"])


def _plans(item: Item) -> Figures | None:
    """Of a version that tells each figure by itself, or of one that tells all or none."""
    told = item.get("told") or item.get("figures")
    return None if told is None else (item["people"], *(told.get(name) for name in PLANS))


def _rollup(item: Item) -> Figures | None:
    """People; per competency people, sum, and where it is told of how many, the people below target."""
    if item["people"] is None:
        return None
    judged = [None if below is None else n for n, below in zip(item["counts"], item["below"], strict=True)]
    rows = (item["counts"], item["sums"], judged, item["below"])
    return (item["people"], *(place or 0 for row in rows for place in row))


def _indicator(item: Item) -> Figures | None:
    told = item["numerator"] is not None and item["denominator"] is not None
    return (item["numerator"], item["denominator"]) if told else None


KINDS = {
    "headcount": Kind("registry", "headcounts-computed", "level", _headcount),
    "plans": Kind("planning", "totals-computed", "", _plans),
    "rollup": Kind("assessment", "rollups-published", "level", _rollup),
    "indicator": Kind("evaluation", "indicator-computed", "indicator", _indicator),
}
Cells = dict[Key, Cell]
Units = dict[str, tuple[Any, ...]]  # by code: name, parent, level, type, closed_on, epoch, version


@dataclass
class Published:
    """A region's word, asked anew at each look; what an event says is read once."""

    region: Instance
    _known: dict[str, Item] = field(default_factory=dict)

    async def cells(self, kind: str) -> Cells:
        """Every figure of a kind as it stands; with an epoch those of earlier ones are taken back."""
        found: Cells = {}
        epoch, items = await self._items(KINDS[kind].service, KINDS[kind].fact)
        for item in sorted(items, key=lambda each: int(each["version"])):
            key = (item.get("period", ""), item.get(KINDS[kind].slice, ""), item["unit_code"])
            figures = None if item["suppressed"] else KINDS[kind].read(item)
            found[key] = Cell(epoch, item["version"], figures)
        return {key: cell for key, cell in found.items() if cell.figures is not None}

    async def units(self) -> Units:
        """Every unit as it was told last."""
        epoch, items = await self._items("registry", "units-changed")
        names = ("name", "parent", "level", "type", "closed_on")
        return {
            item["unit_code"]: (*(item[name] for name in names), epoch, item["version"])
            for item in sorted(items, key=lambda each: int(each["version"]))
        }

    async def _items(self, service: str, fact: str) -> tuple[int, list[Item]]:
        """What the events of one kind hold that were sent in the region's latest epoch, and that epoch."""
        subject = f"steward.{self.region.name}.up.{service}.{fact}.v1"
        there = [
            row[0]
            for row in await self.region.rows(
                service, "select event_id::text from outbox where subject = $1", subject
            )
        ]
        new = [event for event in there if event not in self._known]
        payloads = "select event_id::text, payload from outbox where event_id = any($1::text[]::uuid[])"
        for event, payload in await self.region.rows(service, payloads, new):
            self._known[event] = orjson.loads(payload)
        events = [self._known[event] for event in there if event in self._known]
        epoch = max((event["epoch"] for event in events), default=1)
        return epoch, [item for one in events if one["epoch"] == epoch for item in one["data"]["items"]]


def added(told: Sequence[Figures | None]) -> Figures | None:
    """The nation's figures: sums of what regions tell; a place that one of them does not tell is nobody's."""
    known = [figures for figures in told if figures is not None]
    if not known:
        return None
    return tuple(
        None if None in places else sum(map(int, filter(None, places))) for places in zip(*known, strict=True)
    )
