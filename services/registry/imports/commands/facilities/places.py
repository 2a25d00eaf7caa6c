"""The units above the facilities of a list: root, regions and districts, made when they are not there yet."""

from collections import defaultdict
from collections.abc import Container, Sequence
from datetime import date
from typing import Any

from services.registry.imports.facility_codes import normalise, place_codes
from services.registry.imports.facility_list import FacilityRow
from services.registry.tables.states import Connection
from services.registry.units.hierarchy import LEVELS
from shared import clock
from shared.auth.caller import Caller
from shared.errors import FieldError, Forbidden, Invalid
from shared.fields import Wrong

_UNITS = """
select unit_code, name, level, parent, path, open_from, closed_on from unit where level <> 'facility'
order by unit_code
"""
_INSERT = """
insert into unit (unit_code, version, name, level, type, parent, path, open_from, recorded_at, recorded_by)
values ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_TAKEN = "select exists (select from unit where unit_code = $1)"
_PLACE = "insert into unit_placement (unit_code, valid_from, parent, applied) values ($1, $2, $3, true)"
_TYPES = {"country": "Country", "region": "Region", "district": "District"}
_NAMED = 5  # namesakes that an error names


class Places:
    """Finds a region or district by its name below its parent, or by its code."""

    def __init__(
        self, connection: Connection, caller: Caller, opening: date, given: Container[str] = ()
    ) -> None:
        """Make what is missing as `caller`, open from `opening`, under none of the codes `given` by lines."""
        self._connection = connection
        self._caller = caller
        self._opening = opening
        self._given = given
        self._units: dict[str, Any] = {}
        self._codes: frozenset[str] = frozenset()  # of the units that were there before the list
        self._right_below: dict[tuple[str, str], list[str]] = defaultdict(list)  # (parent, name)
        self._below: dict[tuple[str, str, str], list[str]] = defaultdict(
            list
        )  # (any unit above, level, name)
        self._found: dict[tuple[str | None, str | None], str | Wrong] = {}
        self.added: list[str] = []
        self.root = ""

    @classmethod
    async def open(
        cls,
        connection: Connection,
        caller: Caller,
        country: str | None,
        opening: date,
        rows: Sequence[FacilityRow],
    ) -> "Places":
        """With the root that is there, or a new one with the code `country` and the list's one country name.

        Regions and districts of `rows` are found or made, whatever the order of the rows. Raises Invalid
        `country-unknown`, `country-required`, `country-differs` or `countries-mixed`.
        """
        given = {row.code for row in rows if row.code is not None}
        places = cls(connection, caller, opening, given)
        for unit in await connection.fetch(_UNITS):
            places._add(unit)
        places._codes = frozenset(places._units)
        countries = sorted({row.country for row in rows if row.country}, reverse=True)
        await places._open_root(country, {normalise(name): name for name in countries})
        pairs: dict[tuple[str | None, str | None], FacilityRow] = {}
        for row in sorted(rows, key=lambda row: (row.region is None, row.region or "", row.district or "")):
            pairs.setdefault(places._pair(row), row)
        # Those with a region first: a district without one is looked for among those that they make.
        for pair, row in pairs.items():
            try:
                places._found[pair] = await places._above(row.region, row.district)
            except Wrong as wrong:
                places._found[pair] = wrong
        return places

    async def _open_root(self, country: str | None, written: dict[str, str]) -> None:
        if len(written) > 1:
            raise Invalid("countries-mixed", "The list has more than one country; load one at a time.")
        if not self.root:
            name = next(iter(written.values()), country)
            if country is None or name is None:
                error = FieldError("/query/country", "country-required", "The code of the country, e.g. SL.")
                raise Invalid("country-required", "There is no root yet; say its code.", [error])
            await self._make(country, name, "country", None)
        elif country not in (None, self.root):
            error = FieldError("/query/country", "country-unknown", f"The root is {self.root}.")
            raise Invalid("country-unknown", "The root has another code.", [error])
        elif not written.keys() <= {normalise(self._units[self.root]["name"]), normalise(self.root)}:
            name = f"{self._units[self.root]['name']} ({self.root})"
            detail = f"The root is {name}. If the list is its own nevertheless, leave the column out."
            error = FieldError("/country", "country-differs", detail)
            raise Invalid("country-differs", "The list is of another country.", [error])

    def above(self, row: FacilityRow) -> str:
        """The code of the unit that a facility is under. Raises Wrong with the column's field."""
        found = self._found[self._pair(row)]
        if isinstance(found, Wrong):
            raise found
        return found

    def named_by_code(self, row: FacilityRow) -> bool:
        """Whether a row names a unit above by its code."""
        return row.region in self._units or row.district in self._units

    def closed(self, code: str, day: date) -> bool:
        """Whether a unit above facilities is closed on the day."""
        closed_on = self._units[code]["closed_on"] if code in self._units else None
        return closed_on is not None and closed_on <= day

    def opens(self, code: str) -> date:
        """The first day of a unit above facilities."""
        day: date = self._units[code]["open_from"]
        return day

    def _pair(self, row: FacilityRow) -> tuple[str | None, str | None]:
        """Region and district of a row, the same for every spelling of their names."""
        region, district = (
            name if name is None or name in self._codes else normalise(name)
            for name in (row.region, row.district)
        )
        return region, district

    async def _above(self, region: str | None, district: str | None) -> str:
        parent = self.root
        for level, name in (("region", region), ("district", district)):
            if name is not None:
                parent = self._find(parent, name, level) or await self._make_below(parent, name, level)
        if set(self._caller.units).isdisjoint(self._units[parent]["path"]):
            pointer = "/district" if district else "/region"
            raise Wrong("unit-out-of-scope", "The unit above lies outside your units.", pointer)
        return parent

    def _find(self, parent: str, name: str, level: str) -> str | None:
        """The unit of that code or name below `parent`: right below it first, and open ones before closed."""
        known = self._units.get(name)
        by_code = [name] if known and known["level"] == level and parent in known["path"] else []
        key = normalise(name)
        named = self._right_below.get((parent, key)) or self._below.get((parent, level, key), [])
        found = sorted({*by_code, *named})
        open_ones = [code for code in found if not self.closed(code, clock.today())]
        if len(open_ones or found) > 1:
            detail = f"Several units have this name: {', '.join(found[:_NAMED])}. Write the code of one."
            raise Wrong("name-ambiguous", detail, f"/{level}")
        return next(iter(open_ones or found), None)

    async def _make_below(self, parent: str, name: str, level: str) -> str:
        above = self._units[parent]["level"]
        if LEVELS.index(above) >= LEVELS.index(level):
            raise Wrong("level-order", f"A {level} cannot stand under a {above}.", f"/{level}")
        if self.closed(parent, max(self._opening, clock.today())):
            raise Wrong("parent-closed", "The unit above is closed.", f"/{level}")
        code = await self._free_code(parent, name)
        if code is None:
            raise Wrong(
                "name-ambiguous", "The codes made for it are taken; write the code of a unit.", f"/{level}"
            )
        await self._make(code, name, level, parent)
        return code

    async def _free_code(self, parent: str, name: str) -> str | None:
        """A code that no unit has, whatever its level, and that no line of the list gives to a facility."""
        for code in place_codes(parent, name):
            if code not in self._given and not await self._connection.fetchval(_TAKEN, code):
                return code
        return None

    async def _make(self, code: str, name: str, level: str, parent: str | None) -> None:
        path = [*self._units[parent]["path"], code] if parent else [code]
        if set(self._caller.units).isdisjoint(path):
            if parent is None:
                raise Forbidden("unit-out-of-scope", "The root must be one of your units.")
            raise Wrong("unit-out-of-scope", "The unit above lies outside your units.", f"/{level}")
        by = self._caller.subject_key
        values = (code, name, level, _TYPES[level], parent, path, self._opening, clock.now(), by)
        await self._connection.execute(_INSERT, *values)
        if parent:
            await self._connection.execute(_PLACE, code, self._opening, parent)
        columns = ("unit_code", "name", "level", "parent", "path", "open_from", "closed_on")
        self._add(dict(zip(columns, (code, name, level, parent, path, self._opening, None), strict=True)))
        self.added.append(code)

    def _add(self, unit: Any) -> None:
        self._units[unit["unit_code"]] = unit
        if unit["parent"] is None:
            self.root = unit["unit_code"]
        else:
            key = normalise(unit["name"])
            self._right_below[unit["parent"], key].append(unit["unit_code"])
            for above in unit["path"][:-1]:
                self._below[above, unit["level"], key].append(unit["unit_code"])
