"""A problem as FHIR's OperationOutcome, with the same status and code."""

import re
from collections.abc import Iterator
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response

from shared.errors import NotAcceptable
from shared.fhir.formats import JSON, answer, asked
from shared.http.problems import MEDIA_TYPE

PREFIX = "/fhir/"  # paths whose errors are outcomes
PROBLEM = "urn:steward:problem"  # system of the codes in `details`
_TYPES = {  # HL7 IssueType by status
    400: "invalid", 401: "login", 403: "forbidden", 404: "not-found", 405: "not-supported",
    406: "not-supported", 409: "conflict", 410: "deleted", 412: "conflict", 413: "too-long",
    415: "not-supported", 422: "processing", 428: "required", 429: "throttled", 503: "transient", 504: "timeout",
}  # fmt: skip


def as_outcome(problem: Response, request: Request) -> Response:
    """The OperationOutcome of a problem's response, in the form that the request asks for."""
    if problem.media_type != MEDIA_TYPE:
        return problem
    status = problem.status_code
    resource = outcome(orjson.loads(bytes(problem.body)))
    try:
        form = asked(request)
    except NotAcceptable:
        form = JSON
    stays = {name: value for name, value in problem.headers.items() if name not in _OF_BODY}
    return answer(resource, form, status, stays)


_OF_BODY = ("content-type", "content-length")


def outcome(problem: dict[str, Any]) -> dict[str, Any]:
    """An OperationOutcome with an issue for each field error, or one for the whole."""
    return {"resourceType": "OperationOutcome", "issue": list(_issues(problem))}


def _issues(problem: dict[str, Any]) -> Iterator[dict[str, Any]]:
    kind = _TYPES.get(problem["status"], "exception")
    trace = f" (trace {problem['trace_id']})" if "trace_id" in problem else ""
    for error in problem.get("errors") or [problem]:
        issue: dict[str, Any] = {"severity": "error", "code": kind}
        coding = {"system": PROBLEM, "code": error["code"]}
        issue |= {"details": {"coding": [coding], "text": problem["title"]}}
        issue |= {"diagnostics": error["detail"] + trace}
        place = _expression(error.get("pointer", ""))
        yield {**issue, "expression": [place]} if place else issue


def _expression(pointer: str) -> str:
    """`http.name` of a parameter, the FHIRPath of an element: `/name/0/family` is `name[0].family`."""
    path = re.sub(r"/(\d+)(?=/|$)", r"[\1]", pointer)
    return re.sub(r"^(query|header)\.", "http.", path.strip("/").replace("/", "."))
