"""How a facility list is read: its header and columns, the cells of a line, positions, status, repeated lines."""

import random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.imports.commands.facilities.list_reading import MAX_BROKEN, SHEET_ROWS, read_rows
from services.registry.imports.commands.facilities.report import FacilityReport
from services.registry.imports.facility_codes import facility_key, former_key, normalise
from services.registry.imports.facility_columns import find_columns
from services.registry.imports.facility_list import FacilityRow
from services.registry.imports.repeated_lines import one_of_each
from shared.errors import Invalid, TooLarge


def read(text: str, **mapping: str | None) -> tuple[list[FacilityRow], FacilityReport]:
    """The rows of a list and its report."""
    report = FacilityReport()
    return read_rows(text.encode(), report, mapping), report


def refused(text: str, **mapping: str | None) -> list[tuple[int, str, str]]:
    """Line, code and pointer of what is not taken."""
    return [(each.line, each.code, each.pointer) for each in read(text, **mapping)[1].rejected]


@pytest.mark.parametrize(
    ("headers", "found"),
    [
        (["Nom", "Région", "Type"], {"name": 0, "region": 1, "type": 2}),
        (["Nom", "Re\u0301gion sanitaire", "Propriété"], {"name": 0, "region": 1, "ownership": 2}),
        (["\ufefffacility_name", "ADMIN 1", "FacilityType"], {"name": 0, "region": 1, "type": 2}),
        (["Pays", "Nom de l’établissement", "Type d'établissement"], {"country": 0, "name": 1, "type": 2}),
        (["País", "Província", "Distrito", "Nome"], {"country": 0, "region": 1, "district": 2, "name": 3}),
        (["NOMBRE", "Departamento", "Municipio", "Tipo"], {"name": 0, "region": 1, "district": 2, "type": 3}),
        (["Country Name", "Region Name", "Facility Name"], {"country": 0, "region": 1, "name": 2}),
        (["Name", "GPS coordinates", "Operational status"], {"name": 0, "position": 1, "status": 2}),
        (["Name", "Lat", "Long", "Coordinates"], {"name": 0, "latitude": 1, "longitude": 2}),
    ],
)
def test_usual_headers_are_found_however_they_are_written(headers, found):
    columns = find_columns(headers, {})
    assert {field: places[0] for field, places in columns.places.items()} == found


def test_a_column_can_be_left_out_and_headers_without_use_are_told():
    columns = find_columns(["code", "name", "region", "Remarks", ""], {"code": None})
    assert columns.named() == {"name": "name", "region": "region"}
    assert columns.unused() == ["code", "Remarks"]
    with pytest.raises(Invalid) as caught:
        find_columns(["name"], {"name": None})
    assert caught.value.code == "column-missing"


def test_one_cell_for_both_coordinates_takes_the_place_of_columns_that_are_found():
    headers = ["name", "lat", "long", "Location"]
    assert set(find_columns(headers, {"position": "Location"}).places) == {"name", "position"}
    with pytest.raises(Invalid) as caught:
        find_columns(headers, {"position": "Location", "latitude": "lat"})
    assert [error.code for error in caught.value.errors] == ["position-twice"]


@pytest.mark.parametrize(
    ("above", "line"),
    [
        ("sep=;\r\n", 1),
        ('"sep=;"\n', 1),
        ("\n\n;;\n", 4),
        ("Facilities of 2024;;\n\n", 3),
    ],
)
def test_the_header_may_stand_below_other_lines(above, line):
    rows, report = read(above + "Region;Facility name;Type\nNorth;Hill, upper Clinic;Clinic\n")
    assert [(row.name, row.region, row.line) for row in rows] == [("Hill, upper Clinic", "North", line + 1)]
    assert report.header_line == line


def test_a_line_of_data_is_not_taken_for_the_header():
    for text in ("Zone,Kind,Call\nNorth,name,type\n", "Zone,Kind\nNorth,Facility\n"):
        with pytest.raises(Invalid) as caught:
            read(text)
        assert "Zone" in caught.value.errors[0].detail


def test_blank_rows_are_bounded_too():
    with pytest.raises(TooLarge):
        read("name,region\n" + "\n" * SHEET_ROWS)


def test_only_cells_that_are_used_are_judged():
    head, cells = "name,region,type,Opening hours\n", '"Mo 08:00-12:00\nTu\t08:00",'
    rows, report = read(f'{head}Hill,North,Clinic,"Mo 8-12\nTu 8-12"\nTwo,North,"CHPS\nzone",x\n')
    assert [(row.line, row.name) for row in rows] == [(2, "Hill")]
    assert [(each.line, each.code, each.pointer) for each in report.rejected] == [
        (3, "control-character", "/type")
    ]
    assert report.unused_headers == ["Opening hours"]
    assert refused("Opening hours,name,note\n" + cells + "Hill,#REF!\n") == []


def test_lines_are_counted_as_a_spreadsheet_shows_them():
    text = 'name,region,note\nA,North,"one\ntwo\nthree"\n\nB,North,x\n,North,y\n'
    rows, report = read(text)
    assert [row.line for row in rows] == [2, 4]
    assert [(each.line, each.code) for each in report.rejected] == [(5, "name-missing")]


def test_lines_with_other_cells_than_headers_are_refused():
    head = "code,name,type,ownership,region\n"
    assert refused(head + "X-1,St. Mary, Kenema,Clinic,MoH,North\n") == [(2, "cells-too-many", "")]
    assert refused(head + "X-1,St. Mary, Kenema,Clinic,MoH,\n") == [(2, "cells-too-many", "")]
    assert refused(head + "X-1,Full Cli") == [(2, "cells-too-few", "")]
    assert refused(head + "X-1,Clinic,,,\nX-2,Clinic,,,North\n") == []
    assert refused("code,name,,\nX-1,Clinic,,\nX-2,Clinic\nX-3,Hill, Top\n") == [(4, "cells-too-few", "")]


def test_an_unclosed_quote_hides_no_line():
    body = 'name,region\nOne,North\n"Two,North\nThree,North\n"Four, upper",North\nFive,North\n'
    rows, report = read(body)
    assert [row.name for row in rows] == ["One", "Three", "Four, upper", "Five"]
    assert [(each.line, each.code) for each in report.rejected] == [(3, "quote-malformed")]
    assert report.received == 5
    text = 'name,region,note\nOne,North,"open\nTwo,North,\nThree,North,5"\n'
    assert refused(text) == [(2, "quote-unclosed", "")]
    rest = 'name,region\n"One\nmore ""a" b,North\nTwo,North\n'
    assert refused(rest) == [(2, "quote-malformed", ""), (3, "quote-malformed", "")]
    for broken in ('"name,region\nOne,North\n', "name,region\n" + '"x"y,North\n' * (MAX_BROKEN + 2)):
        with pytest.raises(Invalid) as caught:
            read(broken)
        assert caught.value.code == "csv-malformed"
        assert "ine 1" in caught.value.errors[0].detail


@pytest.mark.parametrize(
    "error", ["#N/A", "#REF!", "#NAME?", "#VALUE!", "#DIV/0!", "#¡VALOR!", "#NV", "Err:502", "####"]
)
def test_errors_of_a_spreadsheet_are_no_values(error):
    assert refused(f"name,region,type\n{error},North,\nA,{error},\nB,North,{error}\n") == [
        (2, "formula-error", "/name"), (3, "formula-error", "/region"), (4, "formula-error", "/type"),
    ]  # fmt: skip
    assert refused("name,region\n#5 Clinic,North\nWhy? #1!,North\n") == []


def test_a_wrong_cell_names_its_column():
    long = "R" * 201
    head = "name,region,district,type,lat,long\n"
    text = f"{head}A,{long},,,,\nB,N,{long},,,\nC,N,,{long},,\nD,N,,,8_5,-11\nE,N,,,8,-1٨\n"
    assert refused(text) == [
        (2, "too-long", "/region"), (3, "too-long", "/district"), (4, "too-long", "/type"),
        (5, "position-wrong", "/latitude"), (6, "position-wrong", "/longitude"),
    ]  # fmt: skip


def test_a_repeated_header_says_the_same_or_nothing():
    text = "name,District,region,District\nA,Kono,East,Kono\nB,,East,Kono\nC,Bo,East,Kono\n"
    rows, report = read(text + "name,district,Region,district\n")
    assert [row.district for row in rows] == ["Kono", "Kono"]
    assert [(each.line, each.code, each.pointer) for each in report.rejected] == [
        (4, "cells-differ", "/district"), (5, "header-repeated", ""),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "names",
    [
        ("सिमरी", "सेमरा"), ("ঢাকা", "ঢাকি"), ("பள்ளி", "பள்ளு"), ("ວຽງ", "ວາງ"), ("កំពង់", "កំពុង"), ("บาน", "บ้าน"),
        ("Новый", "Новыи"), ("がん", "かん"), ("عَلَم", "عِلْم"),
    ],
)  # fmt: skip
def test_names_that_differ_in_a_vowel_are_two(names):
    one, other = names
    assert normalise(one) != normalise(other)
    assert normalise(one) == normalise(f" {one}-")
    assert normalise("Santé") == normalise("SANTE")
    assert former_key((one, "Poste de santé")).endswith("|poste de sante")
    assert facility_key(("Poste de santé",)) == former_key(("Poste de santé",))


def row(line: int, **values: Any) -> FacilityRow:
    """A row of a list, Hill Clinic in North unless told otherwise."""
    known: dict[str, Any] = {"name": "Hill", "type": "Clinic", "region": "North", "ownership": "MoH"}
    empty = dict.fromkeys(("code", "latitude", "longitude", "country", "district", "rural"))
    return FacilityRow(line=line, **(empty | known | values))


def test_lines_that_contradict_one_another_are_refused_with_the_other_line():
    rows = [row(2, code="K"), row(3, code="K", name="Dale"), row(4, code="L"), row(5, code="L", name="HILL")]
    taken, gone = one_of_each(rows)
    assert [each.line for each in taken] == [5]
    assert [(each.line, each.code) for each in gone] == [
        (2, "code-ambiguous"),
        (3, "code-ambiguous"),
        (4, "code-repeated"),
    ]
    assert "Line 3" in gone[0].detail
    assert "Line 5" in gone[2].detail
    many = [row(line, ownership=str(line)) for line in range(2, 5000)]
    assert max(len(each.detail) for each in one_of_each(many)[1]) < 200


spelt = st.sampled_from(["Hill", "HILL", "Dale"])
drawn = st.tuples(
    st.sampled_from([None, "K", "L"]),
    spelt,
    st.sampled_from(["MoH", "FBO"]),
    st.sampled_from([None, 8.0, 9.0]),
)


@given(st.lists(drawn, max_size=8), st.integers())
def test_what_is_taken_does_not_depend_on_the_order_of_lines(lines, seed):
    def said(order: list[Any]) -> set[Any]:
        rows = [
            row(line, code=code, name=name, ownership=owner, latitude=at, longitude=at)
            for line, (code, name, owner, at) in enumerate(order, 2)
        ]
        return {(each.code, each.name, each.ownership, each.latitude) for each in one_of_each(rows)[0]}

    shuffled = list(lines)
    random.Random(seed).shuffle(shuffled)
    assert said(lines) == said(shuffled)
