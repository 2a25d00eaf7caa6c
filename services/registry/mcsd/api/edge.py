"""The edge of the FHIR routes: as everywhere, but every refusal is an OperationOutcome.

Parameters are not FastAPI's: their names carry modifiers, and each resource has its own.
"""

import re
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from services.registry.mcsd.api.audited import interaction
from shared.audit.recording import record_read
from shared.auth.tokens import bearer
from shared.fhir.formats import asked
from shared.fhir.operation_outcome import as_outcome
from shared.http import CommandRoute
from shared.http.bodies import receive
from shared.http.etags import unless_known
from shared.http.request_checks import ANY

Handler = Callable[[Request], Coroutine[Any, Any, Response]]
BASE = "/fhir/r4"
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(?::[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](?::[0-9]{1,5})?")


class ReadRoute(CommandRoute):
    """A route that reads, whatever its method: searches come by POST too."""

    def get_route_handler(self) -> Handler:
        """FastAPI's handler inside the edge."""
        handler = audited_reads(APIRoute.get_route_handler(self), self.path_format)

        async def read(request: Request) -> Response:
            request.state.caller = await request.app.state.tokens.verify(bearer(request))
            self.acceptable(request)
            if request.method != "GET":
                return await handler((await receive(request)).request)
            response = await handler(request)
            # A resource's tag is its version, which hides what changes without one: it is always sent again.
            return response if "etag" in response.headers else unless_known(request, response)

        return with_outcomes(read)

    def acceptable(self, request: Request) -> None:
        """Pass for a request whose answer can be in a form that it takes. Raises NotAcceptable."""
        asked(request)


class BinaryRoute(ReadRoute):
    """A route that reads what has a form of its own."""

    def acceptable(self, request: Request) -> None:
        """Pass: what asks for no form of FHIR gets the content itself (FHIR R4, Binary)."""


class WriteRoute(CommandRoute):
    """A route that writes: one transaction, an answer stored under an Idempotency-Key."""

    def get_route_handler(self) -> Handler:
        """FastAPI's handler inside the edge."""
        handler, write = APIRoute.get_route_handler(self), self.writer(ANY)

        async def written(request: Request) -> Response:
            caller = await request.app.state.tokens.verify(bearer(request))
            asked(request)
            if (audited := interaction(request, self.path_format, writes=True)) is not None:
                caller = request.state.caller = await audited.begin(request, caller)
            return await write(handler, request, caller)

        return with_outcomes(written)


def audited_reads(handler: Handler, template: str) -> Handler:
    """`handler` whose answers about people leave once the audit has them."""

    async def recorded(request: Request) -> Response:
        if (audited := interaction(request, template, writes=False)) is not None:
            request.state.caller = await audited.begin(request, request.state.caller)
        response = await handler(request)
        await record_read(request, response)
        return response

    return recorded


def with_outcomes(handler: Handler) -> Handler:
    """`handler` whose refusals and failures are outcomes."""

    async def answered(request: Request) -> Response:
        try:
            return await handler(request)
        except Exception as error:
            handlers: dict[Any, Any] = request.app.exception_handlers
            known = next(handlers[kind] for kind in type(error).__mro__ if kind in handlers)
            return as_outcome(await known(request, error), request)

    return answered


def address(request: Request) -> str:
    """The address of this server as its caller wrote it, which the caller alone is given back."""
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        return BASE
    scheme = request.headers.get("x-forwarded-proto", "").strip().lower()
    return f"{scheme if scheme in ('http', 'https') else request.url.scheme}://{host}{BASE}"
