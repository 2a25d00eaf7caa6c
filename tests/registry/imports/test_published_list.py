"""The first list of a country: root and regions are made; the published list of Sierra Leone loads twice."""

import csv
import io
import random
from pathlib import Path

import pytest

from tests.registry.builders import FACILITY_HEADER as HEADER
from tests.registry.builders import facilities
from tests.registry.builders import load_list as load

SIERRA_LEONE = Path(__file__).parents[4] / "shared" / "data" / "facilities-sierra-leone.csv"


async def test_a_list_without_a_root_needs_the_countrys_code(empty):
    assert (await load(empty, HEADER + "Sierra Leone,Eastern,A,Clinic,MoH,8,-11\n", 422))[
        "code"
    ] == "country-required"
    mixed = HEADER + "Ghana,East,A,Clinic,MoH,8,-1\nTogo,East,B,Clinic,MoH,8,-1\n"
    assert (await load(empty, mixed, 422, country="SL"))["code"] == "countries-mixed"


@pytest.mark.skipif(not SIERRA_LEONE.exists(), reason="the published list is not beside this checkout")
async def test_the_published_list_of_sierra_leone_loads_and_loads_again(empty):
    text = SIERRA_LEONE.read_text(encoding="utf-8-sig")
    first = await load(empty, text, country="SL")
    assert (first["received"], first["created"], first["rejected_count"]) == (1120, 1120, 0)
    assert first["units_added"] == ["SL", "SL-EASTERN", "SL-NORTHERN", "SL-SOUTHERN", "SL-WESTERN-AREA"]
    same_names = [each for each in first["duplicates"] if "same-name" in each["reasons"]]
    assert len(same_names) >= 20
    before = await facilities(empty)
    assert len(before) == 1120
    assert "Refferal Hospital" in {each["type"] for each in before.values()}
    again = await load(empty, text, country="SL")
    assert (again["unchanged"], again["created"], again["updated"], again["units_added"]) == (1120, 0, 0, [])
    header, *lines = list(csv.reader(io.StringIO(text)))
    random.Random(7).shuffle(lines)
    shuffled = io.StringIO()
    csv.writer(shuffled).writerows([header, *lines])
    assert (await load(empty, shuffled.getvalue()))["unchanged"] == 1120
    assert await facilities(empty) == before
