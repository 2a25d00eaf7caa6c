"""Events that change places are seen where they tell of the same figure, and only there."""

import json

import pytest

from tests.federation.ledger import Stated, fallen, figures_of

SUBJECT = "steward.north.up.evaluation.indicator-computed.v1"


def event(epoch: int, **versions: int) -> list[Stated]:
    items = [
        {"indicator": "OP-01", "period": "2026Q4", "unit_code": unit, "version": version}
        for unit, version in versions.items()
    ]
    return list(figures_of(SUBJECT, json.dumps({"epoch": epoch, "data": {"items": items}}).encode()))


@pytest.mark.parametrize(
    ("order", "units"),
    [
        (["first", "second", "other", "again"], set()),
        (["other", "first", "second", "again"], set()),  # two services' or two transactions' events
        (["second", "first", "other", "again"], {"R01"}),
        (["first", "again", "other", "second"], {"R01"}),
    ],
)
def test_a_figure_that_falls_back_is_found(order: list[str], units: set[str]) -> None:
    told = {
        "first": event(1, R01=1, R02=1),
        "second": event(1, R01=2),
        "other": event(1, R03=1),
        "again": event(2, R01=1, R02=1),
    }
    assert {figure.split()[1] for figure in fallen(told, order)} == units


def test_entries_are_told_apart_by_their_code() -> None:
    payload = {"epoch": 1, "data": {"items": [{"version": 2, "offered": True, "entry": {"code": "X-01"}}]}}
    ((figure, version),) = figures_of(
        "steward.north.up.planning.entries-published.v1", json.dumps(payload).encode()
    )
    assert figure.endswith("X-01")
    assert version == (1, 2)
