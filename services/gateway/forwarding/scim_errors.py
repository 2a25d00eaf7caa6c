"""The gateway's own refusals to clients of SCIM, as errors of SCIM (RFC 7644 section 3.12)."""

import orjson
from starlette.responses import Response

MEDIA_TYPE = "application/scim+json"
_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"


def rendered(problem: Response) -> Response:
    """A problem (RFC 9457) in the other form; its code stands at the end of `detail`."""
    stated = orjson.loads(bytes(problem.body))
    body = {
        "schemas": [_SCHEMA],
        "status": str(problem.status_code),
        "detail": f"{stated['detail']} ({stated['code']})",
    }
    headers = {
        name: value
        for name, value in problem.headers.items()
        if name not in ("content-type", "content-length")
    }
    return Response(orjson.dumps(body), problem.status_code, headers, MEDIA_TYPE)
