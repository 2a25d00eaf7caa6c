"""Data sources that would hide the past, speak for others, store without end, or keep the server busy."""

from urllib.parse import urlencode

import pytest

from tests.registry.mcsd.asking import FHIR, found, outcome

pytestmark = pytest.mark.asyncio(loop_scope="module")
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
SECRET = "of-somebody-else"


@pytest.mark.parametrize("kind", ["Location", "Practitioner"])
async def test_a_search_of_thousands_of_conditions_is_refused_before_it_costs_anything(registry, kind):
    names = ("name", "identifier") if kind == "Practitioner" else ("name", "type", "near", "_lastUpdated")
    for name in names:
        value = {"near": "8|8|8|km", "_lastUpdated": "ne2020"}.get(name, "a|b")
        sent_ = urlencode([(name, ",".join([value] * 200))] * 40).encode()
        answer = await registry.post(f"{FHIR}/{kind}/_search", data=sent_, headers=FORM)
        assert outcome(answer) == (400, "search-invalid"), name
    many = {"_id": ",".join(["SL"] * 200), "_count": "200"}
    assert await found(registry, "Location", **many) == ["SL"]
    scanned = await registry.get(f"{FHIR}/{kind}", params={"name": ",".join(["a"] * 21)})
    assert outcome(scanned) == (400, "search-invalid")
