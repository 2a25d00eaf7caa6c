"""Why a call failed, as one exception."""

import json
from typing import Any, TypedDict

NOT_REACHED = "not-reached"


class FieldError(TypedDict):
    """One wrong field; `pointer` leads to it in the body (RFC 6901), or is `/query/...` or `/header/...`."""

    pointer: str
    code: str
    detail: str


class Problem(Exception):
    """The API refused a call, or could not be reached.

    Act on `code`, which is stable; the words may change. It is `not-reached` with the status 503 when no answer
    came, and empty when something else than Steward answered, as a proxy does.
    """

    def __init__(
        self, method: str, path: str, status: int, body: str, *, retry_after: float | None = None
    ) -> None:
        """`body` is the answer as it came; `retry_after` is in seconds, of the header `Retry-After`."""
        document = _document(body)
        self.method, self.path = method, path
        self.status = status
        self.body = body
        self.code = str(document.get("code", ""))
        self.title = str(document.get("title", ""))
        self.detail = str(document.get("detail", ""))
        self.errors: list[FieldError] = document.get("errors") or []
        self.trace_id: str | None = document.get("trace_id")
        self.retry_after = retry_after
        super().__init__(f"{method} {path}: {status} {body[:600]}")


def not_reached(method: str, path: str, error: Exception) -> Problem:
    """What a call without an answer ends in."""
    detail = f"{type(error).__name__}: {error}"
    return Problem(method, path, 503, json.dumps({"code": NOT_REACHED, "detail": detail}))


def _document(body: str) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
