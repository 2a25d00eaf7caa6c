"""The units above the facilities of a list: root, regions and districts, made when they are not there yet."""

from collections.abc import Container, Sequence
from datetime import date

from services.registry.facility_codes import normalise, place_codes
from services.registry.tables.states import Connection
from services.registry.tree import LEVELS
from shared import clock
from shared.auth.caller import Caller
from shared.errors import FieldError, Forbidden, Invalid

_UNITS = "select unit_code, name, level, parent, path, closed_on from unit where level <> 'facility'"
_INSERT = """
insert into unit (unit_code, version, name, level, type, parent, path, open_from, recorded_at, recorded_by)
values ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_TAKEN = "select exists (select from unit where unit_code = $1)"
_PLACE = "insert into unit_placement (unit_code, valid_from, parent, applied) values ($1, $2, $3, true)"
_TYPES = {"country": "Country", "region": "Region", "district": "District"}


class Places:
    """Finds a region or district by its name under its parent, or by its code."""

    def __init__(
        self, connection: Connection, caller: Caller, opening: date, given: Container[str] = ()
    ) -> None:
        """Make what is missing as `caller`, open from `opening`, under none of the codes `given` by lines."""
        self._connection = connection
        self._caller = caller
        self._opening = opening
        self._given = given
        self._paths: dict[str, list[str]] = {}
        self._by_name: dict[tuple[str, str], str] = {}
        self._closed: set[str] = set()
        self.levels: dict[str, str] = {}
        self.added: list[str] = []
        self.root = ""

    @classmethod
    async def open(
        cls,
        connection: Connection,
        caller: Caller,
        country: str | None,
        opening: date,
        names: Sequence[str | None],
        given: Container[str] = (),
    ) -> "Places":
        """With the root that is there, or a new one with the code `country` and the list's one country name.

        Raises Invalid `country-unknown`, `country-required` or `countries-mixed`.
        """
        places = cls(connection, caller, opening, given)
        for row in await connection.fetch(_UNITS):
            places._add(row["unit_code"], row["name"], row["level"], row["parent"], row["path"])
            if row["closed_on"] is not None:
                places._closed.add(row["unit_code"])
        written = {normalise(name): name for name in names if name}
        if len(written) > 1:
            raise Invalid("countries-mixed", "The list has more than one country; load one at a time.")
        if not places.root:
            name = next(iter(written.values()), country)
            if country is None or name is None:
                error = FieldError("/query/country", "country-required", "The code of the country, e.g. SL.")
                raise Invalid("country-required", "There is no root yet; say its code.", [error])
            await places._make(country, name, "country", None)
        elif country not in (None, places.root):
            error = FieldError("/query/country", "country-unknown", f"The root is {places.root}.")
            raise Invalid("country-unknown", "The root has another code.", [error])
        return places

    async def above(self, region: str | None, district: str | None) -> str:
        """The code of the unit that a facility stands under. Raises Invalid for what cannot be made."""
        parent = self.root
        for level, name in (("region", region), ("district", district)):
            if name is not None:
                parent = self._find(parent, name, level) or await self._make_below(parent, name, level)
        if parent in self._closed:
            raise Invalid("parent-closed", "The unit above is closed.")
        if set(self._caller.units).isdisjoint(self._paths[parent]):
            raise Invalid("unit-out-of-scope", "The unit above lies outside your units.")
        return parent

    def _find(self, parent: str, name: str, level: str) -> str | None:
        by_code = name if self.levels.get(name) == level and parent in self._paths[name] else None
        return by_code or self._by_name.get((parent, normalise(name)))

    async def _make_below(self, parent: str, name: str, level: str) -> str:
        code = await self._free_code(parent, name)
        if code is None or len(name) > 200:
            raise Invalid("name-ambiguous", "The name of the unit above cannot be told from another one.")
        if LEVELS.index(self.levels[parent]) >= LEVELS.index(level):
            raise Invalid("level-order", f"A {level} cannot stand under a {self.levels[parent]}.")
        await self._make(code, name, level, parent)
        return code

    async def _free_code(self, parent: str, name: str) -> str | None:
        """A code that no unit has, whatever its level, and that no line of the list gives to a facility."""
        for code in place_codes(parent, name):
            if code not in self._given and not await self._connection.fetchval(_TAKEN, code):
                return code
        return None

    async def _make(self, code: str, name: str, level: str, parent: str | None) -> None:
        path = [*self._paths[parent], code] if parent else [code]
        if set(self._caller.units).isdisjoint(path):
            if parent is None:
                raise Forbidden("unit-out-of-scope", "The root must be one of your units.")
            raise Invalid("unit-out-of-scope", "The unit above lies outside your units.")
        by = self._caller.subject_key
        values = (code, name, level, _TYPES[level], parent, path, self._opening, clock.now(), by)
        await self._connection.execute(_INSERT, *values)
        if parent:
            await self._connection.execute(_PLACE, code, self._opening, parent)
        self._add(code, name, level, parent, path)
        self.added.append(code)

    def _add(self, code: str, name: str, level: str, parent: str | None, path: list[str]) -> None:
        self.levels[code] = level
        self._paths[code] = path
        if parent is None:
            self.root = code
        else:
            self._by_name[parent, normalise(name)] = code
