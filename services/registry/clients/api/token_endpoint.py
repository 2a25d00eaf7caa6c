"""The token endpoint and the key set, for programs: they have no token yet, so nothing here asks for one."""

import time

import orjson
from fastapi import APIRouter, Request, Response

from services.registry.clients.api.token_form import read
from services.registry.clients.commands.known_secrets import KnownSecrets
from services.registry.clients.commands.signing_keys import published
from services.registry.clients.commands.token_issue import issue
from services.registry.clients.token_request import TokenRefused, unknown_client
from shared.auth import signatures
from shared.errors import NotFound, TooLarge
from shared.http.bodies import receive
from shared.http.wrong_guesses import WrongGuesses
from shared.settings import Settings

router = APIRouter(include_in_schema=False)
NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}  # RFC 6749 section 5.1
CHALLENGE = 'Basic realm="steward", charset="UTF-8"'
MOST_BYTES = 16_384  # of a form with credentials
KEY_SET = "application/jwk-set+json"


@router.post("/oauth/token")
async def token(request: Request) -> Response:
    """An access token by client credentials (RFC 6749 section 4.4). Raises NotFound `route-unknown`."""
    settings = _issuing(request)
    try:
        answer = await _issued(request, settings)
    except TokenRefused as refusal:
        return _refused(refusal)
    return Response(orjson.dumps(answer), 200, NO_STORE, "application/json")


@router.get("/oauth/jwks.json")
async def keys(request: Request) -> Response:
    """The public keys of this issuer. Raises NotFound `route-unknown`."""
    settings = _issuing(request)
    body = await published(request.app.state.database, settings.subject_pepper)
    return Response(body, 200, {"Cache-Control": "max-age=300"}, KEY_SET)


@router.get("/internal/client-keys")
async def sealed_keys(request: Request) -> Response:
    """The same for the instance's own services, sealed. Raises NotFound `route-unknown`."""
    settings = _issuing(request)
    body = await published(request.app.state.database, settings.subject_pepper)
    seal = signatures.seal_keys(settings.subject_pepper, body)
    return Response(body, 200, {signatures.HEADER: seal}, KEY_SET)


async def _issued(request: Request, settings: Settings) -> dict[str, object]:
    try:
        body = await (await receive(request, most=MOST_BYTES)).request.body()
    except TooLarge:
        raise TokenRefused("invalid_request", "The form is too long.", 413) from None
    asked = read(request.headers.getlist("authorization"), request.headers.get("content-type", ""), body)
    if asked.secret is not None:  # a signature is nothing to be guessed
        await _check(request, asked.client_id, asked.secret)
    async with request.app.state.database.looking() as session:
        return await issue(session, settings, asked)


async def _check(request: Request, client_id: str, secret: str) -> None:
    """Raises TokenRefused for a secret that is none of the client's."""
    known: KnownSecrets = request.app.state.known_secrets
    guesses: WrongGuesses = request.app.state.wrong_guesses
    if await known.has(client_id, secret):
        return
    wait = guesses.wrong(client_id, time.monotonic())
    if wait is not None:
        raise TokenRefused("slow_down", "Too many wrong credentials of this client.", 429, wait)
    raise unknown_client()


def _refused(refusal: TokenRefused) -> Response:
    headers = dict(NO_STORE)
    if refusal.status == 401:
        headers["WWW-Authenticate"] = CHALLENGE
    if refusal.retry_after is not None:
        headers["Retry-After"] = str(refusal.retry_after)
    body = {"error": refusal.error, "error_description": refusal.description}
    return Response(orjson.dumps(body), refusal.status, headers, "application/json")


def _issuing(request: Request) -> Settings:
    settings: Settings = request.app.state.settings
    if not settings.client_issuer:
        raise NotFound("route-unknown", "There is no such resource.")
    return settings
