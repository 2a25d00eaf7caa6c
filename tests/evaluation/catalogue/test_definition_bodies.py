"""Who may publish a definition, and what is refused by its field."""

import copy
from typing import Any

import pytest

from tests.evaluation.catalogue.defining import BODY, NEW, Run
from tests.federated import AS_ADMIN

pytestmark = pytest.mark.asyncio(loop_scope="module")


def broken(path: str, value: Any) -> dict[str, Any]:
    """The body with one field of another value; `...` leaves it out."""
    body = copy.deepcopy(BODY)
    *above, last = path.strip("/").split("/")
    place: Any = body
    for step in above:
        place = place[step]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return body


NONSENSE: list[tuple[str, Any]] = [
    *[(f"/{name}", ...) for name in BODY],
    *[(f"/{name}", 7) for name in ("code", "version", "computed", "baseline", "targets", "names")],
    *[
        ("/name", wrong)
        for wrong in ({}, "Coverage", None, {"en": " "}, {"en": 5}, {"English": "x"}, {"en": "x" * 501})
    ],
    ("/purpose", {"en": "in one language"}),
    ("/numerator", None),
    *[("/numerator/expression", wrong) for wrong in ("", "Two Words", "x" * 201, 5)],
    ("/numerator/text", {}),
    ("/denominator/text", {"pt": "noutra língua"}),
    ("/denominator/note", "more"),
    *[(f"/{name}", wrong) for name in ("source", "unit") for wrong in ("", " ", "x" * 101, None)],
    *[("/factor", wrong) for wrong in (0, 5, -100, True, 100.0, "100", 1000, None)],
    *[("/direction", wrong) for wrong in ("up", None)],
    ("/frequency", "month"),
    *[("/window_months", wrong) for wrong in (0, 121, 1.5, True)],
    ("/chain", "effect"),
    *[("/evaluation_level", wrong) for wrong in (0, 6, "3")],
    *[("/competencies", wrong) for wrong in (["XX"], ["VS", "VS"], "VS", ["vs"], None)],
    *[("/upstream", wrong) for wrong in (["XX-99"], ["OP-01"], ["IN-07", "IN-07"], ["in 07"])],
    *[("/disaggregations", wrong) for wrong in (["Sex"], ["sex", "sex"], [""])],
    *[("/minimum_cell", wrong) for wrong in (4, 0, -5, 5.0, True, 1001)],
    *[("/owner", wrong) for wrong in ("", "The Ministry", None)],
    *[("/dhis2_code", wrong) for wrong in ("", "stw_op_01", "STW-OP-01", "STW_", "STW_OP_04", "X" * 51)],
    *[("/references", wrong) for wrong in ([], [""], ["a", "a"])],
]


async def test_nonsense_is_refused_by_its_field_and_nothing_is_stored(run: Run, empty: None) -> None:
    async with run("hub", **AS_ADMIN) as hub:
        before = (await hub.said(), await hub.fetch("select * from definition order by code"))
        for path, wrong in NONSENSE:
            answer = await hub.put("OP-01", broken(path, wrong), '"1"')
            assert answer.status == 422, (path, wrong, answer.body)
            assert answer.code in ("input-invalid", "definition-invalid"), (path, wrong)
            pointers = [error["pointer"] for error in answer.json["errors"]]
            assert all(pointer.startswith(path) for pointer in pointers), (path, wrong, pointers)
        for body in (None, [], "x", {}):
            assert (await hub.put("OP-01", body, '"1"')).code == "input-invalid"
        assert (await hub.put("OP-01", broken("/owner", "a\0"), '"1"')).code == "input-invalid"
        assert (await hub.put("OP-01", broken("/source", "a\0"), '"1"')).code == "input-invalid"
        for code in ("op-01", "OP-01:unplanned", "A" * 33, "OP-", "%20"):
            assert (await hub.put(code, NEW)).code == "input-invalid", code
        assert (await hub.said(), await hub.fetch("select * from definition order by code")) == before


async def test_who_may_publish(run: Run, empty: None, token: Any) -> None:
    async with run("hub", **AS_ADMIN) as hub:
        said = await hub.said()
        for role, units, code in (
            ("leader", ("C",), "role-missing"),
            ("hris", ("C",), "role-missing"),
            ("ops", ("C",), "role-missing"),
            ("programme-manager", ("D1",), "unit-out-of-scope"),
        ):
            answer = await hub.put("ZZ-01", NEW, token=token(role, units=units))
            assert (answer.status, answer.code) == (403, code)
        assert await hub.said() == said
