"""Which columns of a facility list hold which fields: by the caller's mapping, else by usual headers."""

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from services.registry.imports.facility_codes import normalise
from shared.errors import FieldError, Invalid

# Field -> headers seen in published lists, as `header_key` writes them; the first one that is there is taken.
HEADERS: dict[str, tuple[str, ...]] = {
    "code": (
        "facilitycode", "code", "facilityid", "mflcode", "unitcode", "codeformationsanitaire",
        "codedelaformationsanitaire", "codeetablissement", "codedeletablissement", "codigo",
    ),
    "name": (
        "facilityname", "name", "facility", "nameoffacility", "healthfacility", "healthfacilityname", "nom",
        "formationsanitaire", "nomdelaformationsanitaire", "nomformationsanitaire", "facilityn",
        "nomdeletablissement", "nometablissement", "etablissement", "etablissementdesante", "nomdelastructure",
        "nome", "nomedaunidadesanitaria", "nomedaunidade", "unidadesanitaria", "nombre",
        "nombredelestablecimiento", "establecimiento",
    ),
    "type": (
        "facilitytype", "type", "facilityt", "typeoffacility", "typedeformation", "typedeformationsanitaire",
        "typedetablissement", "typeetablissement", "typedestructure", "tipo", "tipodeunidade",
        "tipodeestablecimiento",
    ),
    "ownership": (
        "ownership", "owner", "managingauthority", "propriete", "proprietaire", "statut", "propriedade",
        "proprietario", "propietario",
    ),
    "latitude": ("lat", "latitude", "y", "gpslatitude", "latitud"),
    "longitude": ("long", "lon", "lng", "longitude", "x", "gpslongitude", "longitud"),
    "position": (
        "gpscoordinates", "coordinates", "gpsposition", "latlong", "latlon", "latlng", "latitudelongitude",
        "coordonneesgps", "coordonnees", "coordenadas", "coordenadasgps",
    ),
    "country": ("country", "pays", "admin0", "countryname", "nomdupays", "pais"),
    "region": (
        "admin1", "region", "province", "state", "regionsanitaire", "regionname", "nomdelaregion", "regiao",
        "provincia", "departamento",
    ),
    "district": (
        "admin2", "district", "county", "districtsanitaire", "districtname", "nomdudistrict", "distrito",
        "municipio",
    ),
    "external_id": (),  # by mapping alone: of the source system that the list is loaded as
    "rural": ("rural", "ruralurban", "urbanrural", "milieu"),
    "status": (
        "operationalstatus", "operatingstatus", "operationstatus", "facilitystatus", "functionalstatus", "status",
        "statutoperationnel", "etatdefonctionnement", "fonctionnalite",
    ),
}  # fmt: skip
_KINDS = ("type", "ownership", "country", "region", "district", "rural", "status")
_SHOWN = 100  # characters of a header that an error repeats


@dataclass(frozen=True, slots=True)
class Columns:
    """The headers as written, and field -> numbers of its columns: several where a header is repeated."""

    headers: tuple[str, ...]
    places: Mapping[str, tuple[int, ...]]

    @property
    def filled(self) -> int:
        """How many headers there are without empty ones at the end."""
        return max(place for place, header in enumerate(self.headers) if header) + 1

    def named(self) -> dict[str, str]:
        """Field -> header."""
        return {field: self.headers[places[0]] for field, places in self.places.items()}

    def unused(self) -> list[str]:
        """Headers that no field is read from, in the order of the list."""
        used = {place for places in self.places.values() for place in places}
        return [header for place, header in enumerate(self.headers) if header and place not in used]

    def repeats_header(self, cells: Sequence[str]) -> bool:
        """Whether a line is a header once more, as in lists that were put together from several files."""
        kinds = [
            field for field in self.places if field in _KINDS
        ]  # few different cells, which are remembered
        if kinds and not any(self._usual(field, cells) for field in kinds):
            return False
        return sum(self._usual(field, cells) for field in self.places) > 1

    def _usual(self, field: str, cells: Sequence[str]) -> bool:
        place = self.places[field][0]
        return place < len(cells) and _known_key(cells[place]) in HEADERS[field]


@lru_cache(4096)
def _known_key(cell: str) -> str:
    return header_key(cell) if len(cell) <= _SHOWN else ""


def header_key(header: str) -> str:
    """A header without case, accents, spaces and punctuation."""
    return "".join(sign for sign in normalise(header) if sign.isalnum())


def find_columns(headers: Sequence[str], mapping: Mapping[str, str | None]) -> Columns:
    """The columns of a list. A field that is mapped to None is left out.

    Raises Invalid `mapping-wrong` for a field or header that is not there and `column-missing`
    when no column has names.
    """
    written = tuple(header.strip(" \t\ufeff\u00a0") for header in headers)
    places = _mapped(written, mapping)
    keys = [header_key(header) for header in written]
    for field, usual in HEADERS.items():
        match = next((header for header in usual if header in keys), None)
        if field in mapping or match is None:
            continue
        columns = tuple(place for place, key in enumerate(keys) if key == match)
        if not any(columns[0] in taken for taken in places.values()):
            places[field] = columns
    _choose_position(places, mapping)
    if "name" not in places:
        error = FieldError("/query/mapping/name", "column-missing", f"The headers are {_shown(written)}.")
        detail = "No column with facility names was found; name it in `mapping`."
        raise Invalid("column-missing", detail, [error])
    return Columns(written, places)


def _mapped(headers: Sequence[str], mapping: Mapping[str, str | None]) -> dict[str, tuple[int, ...]]:
    """Field -> columns, of the fields that the caller names."""
    errors = []
    found: dict[str, tuple[int, ...]] = {}
    for field, header in mapping.items():
        pointer = f"/query/mapping/{field[:_SHOWN]}"
        if field not in HEADERS:
            errors.append(FieldError(pointer, "field-unknown", f"Fields are {', '.join(HEADERS)}."))
        elif header is not None:
            columns = tuple(
                place for place, each in enumerate(headers) if _composed(each) == _composed(header)
            )
            if columns:
                found[field] = columns
            else:
                errors.append(FieldError(pointer, "header-unknown", f"The headers are {_shown(headers)}."))
    if "position" in found and not found.keys().isdisjoint(("latitude", "longitude")):
        detail = "Map one column with both coordinates, or one for each."
        errors.append(FieldError("/query/mapping/position", "position-twice", detail))
    if errors:
        raise Invalid("mapping-wrong", "The column mapping does not fit the list.", errors)
    return found


def _choose_position(places: dict[str, tuple[int, ...]], mapping: Mapping[str, str | None]) -> None:
    """One way to the position: the one that is mapped, else a column for each coordinate."""
    if "position" not in places:
        return
    apart = [field for field in ("latitude", "longitude") if field in places]
    mapped = any(mapping.get(field) for field in apart)
    for field in ["position"] if mapped or (len(apart) == 2 and "position" not in mapping) else apart:
        del places[field]


def _composed(header: str) -> str:
    """Letters and accents as one sign, whichever way the list or the caller writes them."""
    return unicodedata.normalize("NFC", header).strip()


def _shown(headers: Sequence[str]) -> str:
    return ", ".join(header[:_SHOWN] for header in headers[:20])[:300]
