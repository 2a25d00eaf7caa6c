"""The nation as its hub keeps it and shows it, compared with what regions say that they published."""

import logging
from collections.abc import Mapping
from typing import Any

from deploy.demo.api import Api
from tests.federation.instance import Instance
from tests.federation.published import KINDS, PLANS, Cell, Cells, Figures, Published, Units, added

log = logging.getLogger(__name__)
CellsOfRegion = Mapping[str, Cells]  # by region
Json = dict[str, Any]
_STORED = """
select period, slice, unit_code, epoch, version, figures from national_figure where region = $1 and kind = $2
"""
_UNITS = """
select unit_code, name, parent, level, type, closed_on::text, epoch, version from national_unit where region = $1
"""
_OWN = "select unit_code, name, parent, level, type, closed_on::text from unit where version > 0"


async def kept(hub: Instance, region: str, kind: str) -> Cells:
    """What the hub has of a region, unit by unit; of roll-ups nobody where no release told a competency."""
    rows = await hub.rows(KINDS[kind].service, _STORED, region, kind)
    told = [row for row in rows if row[5] is not None and (kind != "rollup" or row[5][0] is not None)]
    return {tuple(row[:3]): Cell(row[3], row[4], _places(kind, row[5])) for row in told}


def _places(kind: str, stored: Figures) -> Figures:
    """As single figures have them: nobody in a competency that is not told, and plans closed in one number."""
    if kind == "rollup":
        return tuple(place or 0 for place in stored)
    if kind == "plans":
        people, proposed, agreed, _, completed, *rest, otherwise = stored
        closed = None if completed is None or otherwise is None else completed + otherwise
        return people, proposed, agreed, closed, completed, *rest
    return tuple(stored)


async def units_stored(hub: Instance, published: Published) -> bool:
    """Whether each reader at the hub has a region's units as the region has them itself, and no others."""
    told = await published.units()
    own = {row[0]: tuple(row[1:]) for row in await published.region.rows("registry", _OWN)}
    found: list[Units] = []
    for service in {kind.service for kind in KINDS.values()}:
        rows = await hub.rows(service, _UNITS, published.region.name)
        found.append({row[0]: tuple(row[1:]) for row in rows})
    same = all(units == told for units in found) and own == {unit: row[:5] for unit, row in told.items()}
    if not same:
        log.warning("units of %s: %s told, %s kept", published.region.name, len(told), list(map(len, found)))
    return same


async def shown(hub: Instance, told: Mapping[str, CellsOfRegion], tops: Mapping[str, str]) -> int:
    """How many national totals the gateway shows, each as the sum of the regions' own; 0 where one is not.

    `told` has by kind and region what was published, `tops` the unit that stands for a region. Of each
    kind something must be told.
    """
    count = dict.fromkeys(told, 0)
    async with hub.asked() as api:
        for kind, regions in told.items():
            for period, slice_ in sorted({key[:2] for cells in regions.values() for key in cells}):
                if ":" in slice_:
                    continue  # told beside an indicator, and in no catalogue
                each = {name: cells.get((period, slice_, tops[name])) for name, cells in regions.items()}
                wanted = _wanted(kind, {name: cell for name, cell in each.items() if cell and cell.figures})
                answer = await _ask(api, kind, period, slice_)
                if not _holds(answer, wanted):
                    log.warning("%s %s %s: shown %s, wanted %s", kind, period, slice_, answer, wanted)
                    return 0
                count[kind] += answer["national"]["regions"] > answer["national"]["suppressed"]
    empty = [kind for kind, number in count.items() if not number]
    if empty:
        log.warning("the nation has no %s that is told", empty)
    return 0 if empty else sum(count.values())


async def _ask(api: Api, kind: str, period: str, slice_: str) -> Any:
    asked = {"period": period, "indicator" if kind == "indicator" else "level": slice_}
    path = f"/v1/national/{kind.removesuffix('s')}s"
    return await api.get(path, **{name: value for name, value in asked.items() if value})


def _wanted(kind: str, cells: Mapping[str, Cell]) -> Json:
    """What the answer must hold: each region as it published itself, and the sums of those."""
    figures = [cell.figures for cell in cells.values()]
    nation = {"regions": len(cells), "suppressed": figures.count(None), **_named(kind, added(figures))}
    regions = [
        {
            "region": name, "epoch": cell.epoch, "suppressed": cell.figures is None,
            **_named(kind, cell.figures),
        }
        for name, cell in sorted(cells.items())
    ]  # fmt: skip
    return {"national": nation, "regions": regions}


def _holds(answer: Json, wanted: Json) -> bool:
    """Whether the answer has these values, whatever it tells beside them."""
    pairs = zip(
        [answer["national"], *answer["regions"]], [wanted["national"], *wanted["regions"]], strict=False
    )
    return len(answer["regions"]) == len(wanted["regions"]) and all(
        {name: found.get(name) for name in part} == part for found, part in pairs
    )


def _named(kind: str, figures: Figures | None) -> Json:
    """Figures by the names of the national reads."""
    if kind == "rollup":
        return {"people": figures and figures[0], "figures": figures and _competencies(figures[1:])}
    if kind == "indicator":
        thousandths = figures or (None, None)
        names: tuple[str, ...] = ("numerator", "denominator")
        return {name: one and one / 1000 for name, one in zip(names, thousandths, strict=True)}
    names = ("people", "women") if kind == "headcount" else ("people", *PLANS)
    return dict(zip(names, figures or (None,) * len(names), strict=True))


def _competencies(figures: Figures) -> list[Json | None]:
    """Sums per competency, None where no region tells it."""
    size = len(figures) // 4
    rows = zip(*(figures[at * size : (at + 1) * size] for at in range(4)), strict=True)
    return [
        {
            "people": people, "sum": total, "mean": round(total / people), "below_target_of": judged or None,
            "below_target": below if judged else None,
        }
        if people
        else None
        for people, total, judged, below in rows
    ]  # fmt: skip
