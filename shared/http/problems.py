"""Every error as RFC 9457 problem details: a stable code, pointers to the fields, nothing private."""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute, iter_route_contexts
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response

from shared.database.failures import RAISED, collided, lost_database, unstorable
from shared.errors import FieldError, Invalid, Problem, Unavailable
from shared.telemetry.logs import place
from shared.telemetry.provider import trace_id

log = logging.getLogger("steward.http")

MOST_ERRORS = 100  # an answer stays small whatever was sent
LONGEST = 500  # characters of a pointer or an explanation
MEDIA_TYPE = "application/problem+json"
_HTTP_CODES = {
    404: "route-unknown",
    405: "method-not-allowed",
    400: "request-malformed",
    413: "body-too-large",
}


def render(
    status: int,
    code: str,
    title: str,
    detail: str,
    errors: Sequence[FieldError] = (),
    headers: dict[str, str] | None = None,
) -> Response:
    """One problem as a response."""
    body: dict[str, Any] = {
        "type": f"urn:steward:problem:{code}",
        "title": title,
        "status": status,
        "code": code,
        "detail": detail,
    }
    if errors:
        body["errors"] = [
            {
                "pointer": error.pointer[:LONGEST],
                "code": error.code,
                "detail": error.detail[:LONGEST],
            }
            for error in errors[:MOST_ERRORS]
        ]
    if trace := trace_id():
        body["trace_id"] = trace
    return Response(orjson.dumps(body), status, headers, MEDIA_TYPE)


def response(problem: Problem) -> Response:
    """A raised Problem as a response."""
    return render(
        problem.status, problem.code, problem.title, problem.detail, problem.errors, problem.headers
    )


def pointers(errors: Iterable[Any]) -> list[FieldError]:
    """FastAPI's validation errors as field errors; the rejected values themselves are left out."""
    return [_field_error(error) for error in errors]


def _field_error(error: Any) -> FieldError:
    location = [str(part).replace("~", "~0").replace("/", "~1") for part in error["loc"]]
    if location and location[0] == "body":
        location = location[1:]
    code = str(error["type"]).replace("_", "-")
    detail = "The JSON cannot be read." if code == "json-invalid" else str(error["msg"])
    return FieldError("/" + "/".join(location) if location else "", code, detail)


async def _problem(_: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return response(error)


async def _invalid(_: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    found = pointers(error.errors())
    return render(422, "input-invalid", "Invalid input", "The input is wrong; see errors.", found)


def allowed(app: FastAPI, path: str) -> set[str]:
    """Every method that a path knows: Starlette's own 405 names those of the first route that fits only."""
    return {
        method
        for route in iter_route_contexts(app.routes)
        if isinstance(route.original_route, APIRoute) and route.path_regex.match(path)
        for method in route.methods or ()
    }


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = _HTTP_CODES.get(error.status_code, f"http-{error.status_code}")
    headers = dict(error.headers) if error.headers else {}
    if error.status_code == 405:
        headers["Allow"] = ", ".join(sorted(allowed(request.app, request.scope["path"])))
    return render(error.status_code, code, "Request refused", str(error.detail), headers=headers)


async def _gone(_: Request, __: Exception) -> Response:
    """Nobody is there to read it: the caller went away, or was too slow and was answered so."""
    return render(400, "request-malformed", "Request refused", "The request broke off.")


async def _unexpected(_: Request, error: Exception) -> Response:
    if lost_database(error):
        log.warning("database away: %s", type(error).__name__)
        return response(
            Unavailable(
                "database-away", "The database is away; repeat the request.", headers={"Retry-After": "2"}
            )
        )
    if collided(error):
        log.warning("collided: %s", type(error).__name__)
        return response(
            Unavailable(
                "collided",
                "Another change stood in the way; repeat the request.",
                headers={"Retry-After": "1"},
            )
        )
    if unstorable(error):
        return response(
            Invalid("value-not-storable", "A text holds a NUL character, or a number is too large.")
        )
    # The message of an unforeseen error may quote input, so only its kind and place are logged.
    log.error("unforeseen %s at %s", type(error).__name__, place(error))
    return render(500, "internal-error", "Internal error", "Something went wrong; quote the trace id.")


def install(app: FastAPI) -> None:
    """Answer every error of `app` as a problem."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ClientDisconnect, _gone)
    for kind in (*RAISED, OSError, TimeoutError):
        app.add_exception_handler(kind, _unexpected)
    app.add_exception_handler(Exception, _unexpected)
