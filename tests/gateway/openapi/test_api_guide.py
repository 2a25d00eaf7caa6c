"""The guide names every problem code that the code raises."""

import ast

from deploy.contracts import problem_analysis, problem_docs


def test_codes_are_read_from_code():
    source = 'raise NotFound("a-b", "No such."); raise Invalid("c", f"Line {n}."); raise Conflict(code, "x")'
    found = list(problem_analysis.raised(ast.parse(source), problem_analysis.kinds(), {}))
    assert found == [("a-b", 404, "No such."), ("c", 422, "Line ….")]


def test_codes_are_followed_through_names_and_helpers():
    source = """
def given(code):
    raise Conflict(code, "x")
def helped(kind, pointer, code, detail):
    return kind(code, detail)
def command(flag):
    code = "is-so" if flag else "is-not"
    given("from-caller")
    if flag:
        raise Forbidden(code, "y")
    raise helped(Invalid, "/a", "by-helper", "z")
"""
    nodes = problem_analysis.Module("m", source).nodes
    assert nodes["given"].raised == [("from-caller", 409, "x")]
    expected = [("is-not", 403, "y"), ("is-so", 403, "y"), ("by-helper", 422, "z")]
    assert sorted(nodes["command"].raised) == sorted(expected)


def test_an_operation_ends_in_what_it_calls():
    found = {
        code for code, _, _ in problem_analysis.problems([("services.planning.plans.api.plans", "agree")])
    }
    assert {"plan-unknown", "plan-empty", "stale-etag", "role-missing"} <= found
    assert "plan-not-agreed" not in found


def test_the_table_is_up_to_date():
    text = problem_docs.PAGE.read_text()
    assert text == problem_docs.page(text), "run python -m deploy.contracts.problem_docs"


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
