"""What callers send is taken as the schema says it, or refused."""

from datetime import date, datetime

import pytest
from fastapi import FastAPI
from pydantic import TypeAdapter, ValidationError

from shared.http.problems import allowed
from shared.http.strict_types import Amount, Day, Flag, Whole

RIGHT = [(Day, "2026-10-01"), (Day, date(2026, 10, 1)), (Flag, True), (Whole, 5), (Amount, 5), (Amount, 0.5)]
WRONG = [
    (Day, 0), (Day, "0"), (Day, "2026-10-01T00:00:00"), (Day, datetime(2026, 10, 1)), (Day, "2026-13-01"),
    (Flag, 0), (Flag, "yes"), (Whole, "5"), (Whole, True), (Whole, 5.5), (Amount, "5"), (Amount, True),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), RIGHT)
def test_what_the_schema_says_is_taken(kind, value):
    TypeAdapter(kind).validate_python(value)


@pytest.mark.parametrize(("kind", "value"), WRONG)
def test_what_could_be_read_as_it_is_refused(kind, value):
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


def test_every_method_of_a_path_is_allowed():
    app = FastAPI()
    app.get("/things/{id}")(lambda: None)
    app.patch("/things/{id}")(lambda: None)
    app.post("/things")(lambda: None)
    assert allowed(app, "/things/1") == {"GET", "PATCH"}
    assert allowed(app, "/things") == {"POST"}
    assert allowed(app, "/nothing") == set()
