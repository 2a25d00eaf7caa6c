"""Rater requests with the name, role and unit of the person to be rated.

Assessment knows who was asked about whom, registry alone knows names, and neither asks the other. So the
gateway carries assessment's sealed word to registry with the caller's own token, and puts registry's
answer into the request. Without it, a part that is away or late, `subject` stays null.
"""

import logging
from typing import Any

import orjson

from services.gateway.http_client.response_parser import Raw
from services.gateway.http_client.upstream import Upstream
from services.gateway.views.composition import Part, fetch
from shared.auth.asked_raters import MOST

log = logging.getLogger("steward.gateway")

PATH = b"/v1/rater-requests"
PATIENCE = 3.0  # seconds for each question: a rater would rather wait than not know whom to rate
GOING_ON = frozenset({"invited", "accepted", "answered"})
_WORD = Part("subjects", "assessment", "/internal/rater-subjects")
_NAMES = Part("subjects", "registry", "/internal/rater-subjects")


def concerns(method: str, target: bytes) -> bool:
    """Whether this is answered with rater requests: all but the submitting of a response."""
    path = target.partition(b"?")[0]
    inside = path == PATH or path.startswith(PATH + b"/")
    return inside and method in ("GET", "POST") and not path.endswith(b"/response")


async def named(upstream: Upstream, sent: Raw, body: bytes) -> bytes:
    """A page of requests or one, with `subject` in each that goes on; unchanged where nothing can be added."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    requests = {item["request_id"]: item for item in _items(found) if item.get("state") in GOING_ON}
    if not requests:
        return body
    headers = [pair for pair in sent if pair[0] in (b"authorization", b"traceparent")]
    question = orjson.dumps({"request_ids": list(requests)[:MOST]})
    word = await fetch(upstream, _WORD, headers, PATIENCE, question)
    if word.reason:
        log.warning("rater requests go without names: assessment %s", word.reason)
        return body
    names = await fetch(upstream, _NAMES, headers, PATIENCE, word.body)
    if names.reason:
        log.warning("rater requests go without names: registry %s", names.reason)
        return body
    for subject in orjson.loads(names.body)["items"]:
        requests[subject.pop("request_id")]["subject"] = subject
    return orjson.dumps(found)


def _items(found: Any) -> list[dict[str, Any]]:
    items = found.get("items", [found]) if isinstance(found, dict) else []
    return [item for item in items if isinstance(item, dict) and isinstance(item.get("request_id"), str)]
