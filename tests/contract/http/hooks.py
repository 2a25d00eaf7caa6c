"""What schemathesis is told of Steward: bodies made of lines, and that problems are those of the document."""

import json
from typing import Any

import schemathesis
from schemathesis import Case, CheckContext, Response

PROBLEM = "application/problem+json"


@schemathesis.serializer("application/x-ndjson", "text/csv")
def lines(_: Any, value: Any) -> bytes:
    """Text as it is; anything else as one line of JSON."""
    if isinstance(value, bytes | str):
        return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
    return json.dumps(value).encode() + b"\n"


@schemathesis.check
def problem_is_documented(_: CheckContext, response: Response, case: Case) -> None:
    """The code of a refusal is among those that the operation shows for its status."""
    if (
        response.headers.get("content-type", [""])[0] != PROBLEM
        or case.method != case.operation.method.upper()
    ):
        return
    code, status = response.json()["code"], str(response.status_code)
    shown = case.operation.definition.raw["responses"].get(status, {}).get("content", {}).get(PROBLEM, {})
    assert code in shown.get("examples", {}), f"{status} {code} is not documented"
