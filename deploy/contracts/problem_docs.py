"""What is written of problems, read from the code: ``python -m deploy.contracts.problem_docs``.

Each service's `content/problems.json`, the problems by operation that its OpenAPI document shows, and
the table of all codes in docs/integrate/codes.md. Meanings and remedies are written in `problem_codes.json`.
"""

import json
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from deploy.contracts import problem_analysis
from deploy.services import service_names
from shared.audit.audited_operations import AUDITED
from shared.http.openapi import METHODS, codes
from shared.http.routes import CommandRoute, LoadRoute, media_of
from shared.settings import Settings

PAGE = problem_analysis.ROOT / "docs" / "integrate" / "codes.md"
START, END = "<!-- problem codes: start -->", "<!-- problem codes: end -->"

Symbol = problem_analysis.Symbol
_EDGE: list[Symbol] = [
    ("shared.auth.tokens", "bearer"),
    ("shared.auth.tokens", "Tokens.verify"),
    ("shared.http.request_checks", "Expected.check"),
]
_AUDITED: list[Symbol] = [("shared.audit.purposes", "purpose_of")]
_WRITE: list[Symbol] = [("shared.http.routes", "_write")]
_LOAD: list[Symbol] = [("shared.http.routes", "_load")]
_UNFORESEEN: list[Symbol] = [("shared.http.problems", "_unexpected")]
_FORWARDED: list[Symbol] = [("services.gateway.forwarding.forwarder", "Forwarding.__call__")]
_LIMITED: list[Symbol] = [("services.gateway.forwarding.client_limits", "ClientLimits.admitted")]
_VIEWED = {  # the owner's refusal refuses the whole view
    "GET /v1/people/{person_id}/profile": ("registry", "GET /v1/people/{person_id}"),
    "GET /v1/units/{code}/overview": ("registry", "GET /v1/units/{code}"),
}
_PASSED_ON: dict[str, list[Symbol]] = {  # from the service that gave the event up
    "/replay": [("shared.messaging.replays", "replay")],
    "/drop": [("shared.messaging.dead_letters", "drop"), *_WRITE],
}
ELSEWHERE = {  # answered by the framework: code -> status
    "input-invalid": 422,
    "internal-error": 500,
    "route-unknown": 404,
    "method-not-allowed": 405,
    "request-malformed": 400,
    "body-too-large": 413,
    "headers-too-large": 431,
    "request-too-slow": 408,
}
FHIR_CODES = (
    "format-unsupported",
    "history-shortened",
    "id-differs",
    "matches-several",
    "media-type-unsupported",
    "resource-deleted",
    "resource-derived",
    "resource-invalid",
    "resource-of-region",
    "resource-type-not-fed",
    "resource-type-unknown",
    "resource-unknown",
    "search-invalid",
    "search-too-costly",
)
FACES = {"SCIM": "services.registry.scim", "FHIR": "services.registry.mcsd"}  # they describe themselves
NOT_OF_OPERATIONS = {  # what no documented operation answers
    "registry-unknown": "a rebuild, for its operator",
    "snapshot-refused": "a rebuild, for its operator",
    "headers-too-large": "a connection, before its request is looked at",
    "request-too-slow": "a connection, whatever it asks",
    "method-not-allowed": "no operation",
    "route-unknown": "no operation",
    "group-unknown": "SCIM, which describes itself",
    "not-at-hub": "SCIM, which describes itself",
    "user-name-taken": "SCIM, which describes itself",
    "issuer-unknown": "a resource outside the document",
    **dict.fromkeys(FHIR_CODES, "the FHIR directory, which describes itself in /fhir/r4/metadata"),
}


def routes(service: str) -> Iterator[tuple[str, APIRoute]]:
    """(operation, route) of everything that a service documents."""
    nowhere = "postgresql://nobody@127.0.0.1:1/nothing"  # composed, never connected
    settings = Settings(service=service, mode="local", database_url=nowhere)
    app = import_module(f"services.{service}.main").create(settings)
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if isinstance(route, APIRoute) and getattr(context, "include_in_schema", route.include_in_schema):
            for method in sorted((route.methods or set()) & {each.upper() for each in METHODS}):
                yield f"{method} {context.path}", route


def _asks(dependant: Dependant) -> bool:
    """Whether an operation takes parameters, those of its dependencies such as pages among them."""
    return bool(dependant.path_params or dependant.query_params) or any(map(_asks, dependant.dependencies))


def problems(service: str, operation: str, route: APIRoute) -> set[str]:
    """`<status> <code>` of every problem that an operation can answer."""
    found = {(500, "internal-error")}
    roots: list[Symbol] = [(route.endpoint.__module__, route.endpoint.__qualname__)]
    writes = not operation.startswith("GET ")
    if isinstance(route, CommandRoute):
        roots += _EDGE + (_LOAD if isinstance(route, LoadRoute) else _WRITE if writes else [])
    if operation in AUDITED:
        roots += _AUDITED
    if service != "gateway":
        roots += _UNFORESEEN + _FORWARDED
    roots += _LIMITED
    if _asks(route.dependant) or route.body_field:
        found.add((422, "input-invalid"))
    if route.body_field:
        found.add((400, "request-malformed"))
    roots += _PASSED_ON.get(operation[operation.rfind("/") :], [])
    found |= {(status, code) for code, status, _ in problem_analysis.problems(roots)}
    found -= {(404, "route-unknown")}
    if not writes:  # which have no body to speak of
        found -= {(413, "body-too-large"), (503, "loads-busy")}
    if not isinstance(route, LoadRoute):  # nothing else is unpacked
        found -= {(413, "gzip-ratio"), (422, "gzip-malformed")}
    if media_of(route) is None:
        found -= {(422, "media-type")}
    return {f"{status} {code}" for status, code in found}


@cache
def operations(service: str) -> dict[str, list[str]]:
    """The problems of each operation of a service."""
    found = {operation: problems(service, operation, route) for operation, route in routes(service)}
    for view, (owner, resource) in _VIEWED.items():
        if view in found:
            of_owner = next(route for operation, route in routes(owner) if operation == resource)
            found[view] |= problems(owner, resource, of_owner)
    return {operation: sorted(found[operation]) for operation in sorted(found)}


def statuses() -> dict[str, set[int]]:
    """Every code that the code can answer, with its statuses."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for code, status in ELSEWHERE.items():
        found[code].add(status)
    for module in problem_analysis.modules().values():
        for node in module.nodes.values():
            for code, status, _ in node.raised:
                found[code].add(status)
    return dict(found)


def faces() -> dict[str, list[str]]:
    """Through which faces each code of an answer comes; a code too many is possible, see `problem_analysis`."""
    found: dict[str, list[str]] = {}
    for service in service_names():
        for shown in operations(service).values():
            found |= {each.partition(" ")[2]: ["API"] for each in shown}
    edge = [*_EDGE, *_WRITE, *_UNFORESEEN, *_FORWARDED]
    for face, package in FACES.items():
        own = [(name, symbol) for name, each in problem_analysis.modules().items() for symbol in each.nodes]
        roots = [symbol for symbol in own if symbol[0].startswith(f"{package}.")]
        for code in sorted({code for code, _, _ in problem_analysis.problems([*roots, *edge])}):
            found.setdefault(code, []).append(face)
    return found


def meanings() -> dict[str, tuple[str, str]]:
    """Meaning and remedy of every code, over all services."""
    return {code: words for service in service_names() for code, words in codes(service).items()}


def table() -> str:
    """The table's rows, one a code."""
    known, found, shown = meanings(), statuses(), faces()
    rows = [
        f"| `{code}` | {', '.join(map(str, sorted(found[code])))} | {', '.join(shown.get(code, ['-']))} "
        f"| {' | '.join(known[code])} |"
        for code in sorted(found)
    ]
    return "\n".join(["| Code | Status | Faces | Meaning | Remedy |", "|---|---|---|---|---|", *rows])


def page(text: str) -> str:
    """`text` with its table as the code says."""
    before, _, rest = text.partition(START)
    _, _, after = rest.partition(END)
    return f"{before}{START}\n{table()}\n{END}{after}"


def content(service: str) -> tuple[Path, str]:
    """The file with a service's problems by operation, and what they are."""
    path = problem_analysis.ROOT / "services" / service / "content" / "problems.json"
    lines = ",\n".join(
        f"  {json.dumps(operation)}: {json.dumps(found)}" for operation, found in operations(service).items()
    )
    return path, f"{{\n{lines}\n}}\n"


if __name__ == "__main__":
    for each in service_names():
        place, text = content(each)
        place.write_text(text)
    PAGE.write_text(page(PAGE.read_text()))
