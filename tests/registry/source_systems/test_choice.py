"""As which system a client writes."""

import pytest

from services.registry.source_systems.choice import System, choose, only
from shared.errors import Problem

EVERYTHING = frozenset({"people", "posts", "units"})


def system(
    code: str, *, sends: frozenset[str] = EVERYTHING, retired: bool = False, bound: bool = True
) -> System:
    return System(f"id-{code}", code, sends, retired, bound)


HRIS, PAYROLL = system("hris"), system("payroll", sends=frozenset({"people"}))


@pytest.mark.parametrize(
    ("systems", "named", "records", "code"),
    [
        ([HRIS], None, "posts", "hris"),
        ([HRIS], "hris", "posts", "hris"),
        ([HRIS, PAYROLL], "payroll", "people", "payroll"),
        ([HRIS, system("old", retired=True)], None, "people", "hris"),
    ],
)
def test_a_client_writes_as_the_system_that_it_names_or_has(systems, named, records, code):
    assert choose(systems, named, records).code == code


@pytest.mark.parametrize(
    ("systems", "named", "records", "status", "code"),
    [
        ([], None, "people", 403, "source-system-not-bound"),
        ([system("hris", bound=False)], "hris", "people", 403, "source-system-not-bound"),
        ([HRIS], "hrsi", "people", 422, "source-system-unknown"),
        ([HRIS, PAYROLL], None, "people", 422, "source-system-required"),
        ([PAYROLL], None, "posts", 403, "records-not-sent"),
        ([system("old", retired=True)], None, "people", 409, "source-system-retired"),
        ([HRIS, system("old", retired=True)], "old", "people", 409, "source-system-retired"),
    ],
)
def test_it_is_refused_where_that_is_none(systems, named, records, status, code):
    with pytest.raises(Problem) as refused:
        choose(systems, named, records)
    assert (refused.value.status, refused.value.code) == (status, code)
    assert [each.pointer for each in refused.value.errors] == ["/query/system"]


def test_a_record_without_an_external_id_needs_no_system():
    assert only([HRIS], "people") == HRIS
    assert only([PAYROLL], "posts") is None
    assert only([HRIS, PAYROLL], "people") is None
    assert only([system("hris", bound=False)], "people") is None
