"""The guide names every problem code that the code raises."""

from deploy import problem_docs


def test_codes_are_read_from_code():
    source = 'raise NotFound("a-b", "No such."); raise Invalid("c", f"Line {n}."); raise Conflict(code, "x")'
    assert list(problem_docs.raised(source)) == [("a-b", 404, "No such."), ("c", 422, "Line ….")]


def test_the_table_is_up_to_date():
    text = problem_docs.PAGE.read_text()
    assert text == problem_docs.page(text), "run python -m deploy.problem_docs"


def test_the_table_holds_what_every_caller_may_meet():
    table = problem_docs.table()
    for code in (
        "token-missing",
        "token-expired",
        "role-missing",
        "stale-etag",
        "service-away",
        "input-invalid",
    ):
        assert f"| `{code}` |" in table
