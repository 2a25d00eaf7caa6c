"""Entity tags: every change names the version it was made from, and nobody reads twice what has not changed.

The tag of an answer to GET is its resource's version and a digest of the answer, `"3-9a0c..."`: version alone
would hide what changes without one, such as counts, days that pass, or another language. `If-Match` looks at
the version only.
"""

import re
from hashlib import blake2b

from starlette.requests import Request
from starlette.responses import Response

from shared.errors import PreconditionFailed, PreconditionRequired

_OPAQUE = re.compile(r'(?:W/)?"([!#-~]*)"')
_STILL = ("cache-control", "content-language", "vary")  # what a 304 says again (RFC 9110 section 15.4.5)


def etag(version: int) -> str:
    """The entity tag of a resource's version (RFC 9110 section 8.8.3)."""
    return f'"{version}"'


def check_if_match(request: Request, version: int) -> None:
    """Refuse a change made from another version than `version`.

    Raises PreconditionRequired `if-match-required` without the header and PreconditionFailed
    `stale-etag` when the resource changed in between; `*` matches any version.
    """
    if "if-match" not in request.headers:
        raise PreconditionRequired("if-match-required", "Send If-Match with the ETag that you read.")
    check_if_match_sent(request, version)


def check_if_match_sent(request: Request, version: int) -> None:
    """As `check_if_match` for a change that may be made without the header. Raises PreconditionFailed."""
    sent = request.headers.getlist("if-match")
    request.state.if_match_checked = True
    if sent and "*" not in sent and str(version) not in {tag.partition("-")[0] for tag in _tags(sent)}:
        raise PreconditionFailed(
            "stale-etag", "The resource changed since you read it.", headers={"ETag": etag(version)}
        )


def left_unchecked(request: Request) -> bool:
    """Whether the caller made a condition that nothing looked at."""
    return "if-match" in request.headers and not getattr(request.state, "if_match_checked", False)


def unless_known(request: Request, response: Response) -> Response:
    """`response` to a GET with its full entity tag; 304 when the caller has it already (If-None-Match)."""
    if response.status_code != 200 or not isinstance(getattr(response, "body", None), bytes):
        return response
    digest = blake2b(response.body, digest_size=8).hexdigest()
    version = response.headers.get("etag", "").strip('"')
    tag = f"{version}-{digest}" if version else digest
    response.headers["ETag"] = f'"{tag}"'
    sent = request.headers.getlist("if-none-match")
    if not sent or ("*" not in sent and tag not in _tags(sent)):
        return response
    still = {name: response.headers[name] for name in _STILL if name in response.headers}
    return Response(status_code=304, headers={"ETag": f'"{tag}"', **still})


def _tags(sent: list[str]) -> set[str]:
    return set(_OPAQUE.findall(",".join(sent)))
