"""How a request for a token is written: a form, with credentials (RFC 6749 sections 2.3 and 4.4, RFC 7523)."""

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from urllib.parse import parse_qsl, unquote_plus

import jwt

from services.registry.clients.token_request import TokenRefused, TokenRequest, unknown_client

FORM = "application/x-www-form-urlencoded"
GRANT = "client_credentials"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
_MOST_FIELDS = 16
_ID = re.compile("[0-9a-f]{32}")
_LONGEST = 512  # characters of a secret


def read(authorization: Sequence[str], media_type: str, body: bytes) -> TokenRequest:
    """The request of these headers and this body. Raises TokenRefused."""
    form = _form(media_type, body)
    grant = form.get("grant_type")
    if grant is None:
        raise TokenRefused("invalid_request", "grant_type is missing.")
    if grant != GRANT:
        raise TokenRefused("unsupported_grant_type", f"Only {GRANT} is supported.")
    scope = form["scope"].split(" ") if "scope" in form else None
    by_assertion = "client_assertion" in form or "client_assertion_type" in form
    if authorization and by_assertion:
        raise TokenRefused("invalid_request", "One way to authenticate is expected.")
    if by_assertion:
        assertion = _assertion(form)
        return TokenRequest(_signer(assertion, form.get("client_id")), None, assertion, scope)
    if not authorization:
        raise TokenRefused("invalid_client", "Authenticate by HTTP Basic, or by a signed assertion.", 401)
    client_id, secret = _basic(authorization)
    if form.get("client_id", client_id) != client_id or "client_secret" in form:
        raise TokenRefused("invalid_request", "One way to authenticate is expected.")
    return TokenRequest(client_id, secret, None, scope)


def _form(media_type: str, body: bytes) -> dict[str, str]:
    if media_type.partition(";")[0].strip().lower() != FORM:
        raise TokenRefused("invalid_request", f"Send a form: Content-Type: {FORM}.")
    try:
        text = body.decode("ascii")
        pairs = parse_qsl(text, strict_parsing=bool(text), errors="strict", max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise TokenRefused("invalid_request", "The form cannot be read.") from None
    form = dict(pairs)
    if len(form) < len(pairs):
        raise TokenRefused("invalid_request", "A parameter comes more than once.")
    return form


def _assertion(form: Mapping[str, str]) -> str:
    if form.get("client_assertion_type") != ASSERTION or not form.get("client_assertion"):
        raise TokenRefused("invalid_request", f"client_assertion_type is {ASSERTION}.")
    if "client_secret" in form:
        raise TokenRefused("invalid_request", "One way to authenticate is expected.")
    return form["client_assertion"]


def _signer(assertion: str, named: str | None) -> str:
    """Whom an assertion is about if it is genuine. `client_id` names the same or is left out (RFC 7521)."""
    try:
        about = jwt.decode(assertion, options={"verify_signature": False}).get("sub")
    except (jwt.PyJWTError, ValueError, TypeError, ArithmeticError, RecursionError):
        raise unknown_client() from None
    if not isinstance(about, str) or not _ID.fullmatch(about) or named not in (None, about):
        raise unknown_client()
    return about


def _basic(authorization: Sequence[str]) -> tuple[str, str]:
    scheme, _, encoded = authorization[0].partition(" ")
    if len(authorization) > 1 or scheme.lower() != "basic":
        raise unknown_client()
    try:
        text = base64.b64decode(encoded.strip(), validate=True).decode()
    except (binascii.Error, ValueError):
        raise unknown_client() from None
    client_id, colon, secret = text.partition(":")
    if not colon or not _ID.fullmatch(client_id) or len(secret) > _LONGEST:
        raise unknown_client()
    return client_id, unquote_plus(secret)
