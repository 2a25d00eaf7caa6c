"""The token endpoint of the instance's own clients, and what an OAuth library asks to find it (RFC 8414)."""

from typing import Any

from fastapi import APIRouter, Request, Response

from services.gateway.http_client.upstream import Upstream, forwarded, returned
from shared.auth import client_tokens
from shared.errors import NotFound
from shared.http.bodies import receive
from shared.settings import Settings

router = APIRouter(include_in_schema=False)
MOST_BYTES = 16_384  # of a form with credentials
AUTHENTICATION = ["client_secret_basic", "private_key_jwt"]
ALGORITHMS = ["ES256", "RS256", "EdDSA"]


@router.get("/.well-known/oauth-authorization-server")
async def metadata(request: Request) -> dict[str, Any]:
    """What the issuer of this instance's clients can do. Raises NotFound `route-unknown` where there is none."""
    issuer = _issuing(request).client_issuer
    return {
        "issuer": issuer,
        "token_endpoint": f"{issuer}/oauth/token",
        "jwks_uri": f"{issuer}/oauth/jwks.json",
        "scopes_supported": sorted(client_tokens.ROLES),
        "response_types_supported": [],
        "grant_types_supported": ["client_credentials"],
        "token_endpoint_auth_methods_supported": AUTHENTICATION,
        "token_endpoint_auth_signing_alg_values_supported": ALGORITHMS,
        "service_documentation": f"{issuer}/docs",
    }


@router.post("/oauth/token")
async def token(request: Request) -> Response:
    """Registry's answer. Raises NotFound, TooLarge `body-too-large`, and as `Upstream.call`."""
    _issuing(request)
    received = await receive(request, most=MOST_BYTES)  # before a connection to registry is taken
    return await _passed(request, await received.request.body())


@router.get("/oauth/jwks.json")
async def keys(request: Request) -> Response:
    """The public keys of the issuer. Raises NotFound, and as `Upstream.call`."""
    _issuing(request)
    return await _passed(request, None)


async def _passed(request: Request, body: bytes | None) -> Response:
    upstream: Upstream = request.app.state.upstream
    target = request.scope["raw_path"]
    async with upstream.call("registry", request.method, target, forwarded(request.scope), body) as answer:
        whole = await answer.read()
    response = Response(whole, answer.status)
    response.raw_headers = returned(answer)
    return response


def _issuing(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    if not settings.client_issuer:
        raise NotFound("route-unknown", "There is no such resource.")
    return settings
