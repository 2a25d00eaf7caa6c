"""The services' OpenAPI documents, fetched, remembered, and merged into one."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable
from typing import Any

import orjson

from services.gateway.forwarding.routes import SERVICES
from services.gateway.http_client.upstream import Upstream
from services.gateway.openapi.component_names import Document
from services.gateway.openapi.instance_examples import InstanceExamples
from services.gateway.openapi.merging import merge
from services.gateway.views.composition import Part, fetch

log = logging.getLogger("steward.gateway")

FRESH = 30.0  # seconds before the services are asked again
DEADLINE = 3.0
DESCRIPTION = (
    "Leadership and management capacity for health systems: assess, plan, develop, evaluate. "
    "Send an OIDC access token as `Authorization: Bearer`. Lists are paged by `cursor`; changes name the "
    "ETag they were made from in `If-Match`; a POST may carry an `Idempotency-Key`. See docs/api.md."
)


class Documents:
    """The merged document; a service that is down keeps its last known part."""

    def __init__(self, upstream: Upstream, own: Callable[[], Document], examples: InstanceExamples) -> None:
        """`own` gives the gateway's document; `examples` are shown in place of those that services ship."""
        self._examples = examples
        self._upstream = upstream
        self._own = own
        self._parts: dict[str, tuple[str, Document]] = {}
        self._asked = float("-inf")
        self._lock = asyncio.Lock()
        self._merged: tuple[bytes, str] | None = None

    async def merged(self) -> tuple[bytes, str]:
        """The document as JSON and its entity tag."""
        async with self._lock:
            changed = self._examples.changed()
            if self._merged is None or time.monotonic() - self._asked >= FRESH:
                changed = await self._refresh() or changed
            if changed or self._merged is None:
                self._merged = self._merge()
            return self._merged

    async def _refresh(self) -> bool:
        parts = [Part(service, service, "/openapi.json") for service in SERVICES]
        found = await asyncio.gather(*(fetch(self._upstream, part, [], DEADLINE) for part in parts))
        changed = False
        for item in found:
            if item.reason is not None:
                log.warning("OpenAPI of %s: %s, its last known part stays", item.part.name, item.reason)
                continue
            digest = hashlib.sha256(item.body).hexdigest()
            known = self._parts.get(item.part.name)
            if known is None or known[0] != digest:
                document: dict[str, Any] = orjson.loads(item.body)
                self._parts[item.part.name] = (digest, document)
                changed = True
        if all(item.reason is None for item in found):
            self._asked = time.monotonic()  # otherwise the next request asks again
        return changed

    def _merge(self) -> tuple[bytes, str]:
        known = {service: self._parts[service][1] for service in SERVICES if service in self._parts}
        merged = merge("Steward", DESCRIPTION, {**known, "gateway": self._own()})
        body = orjson.dumps(self._examples.fill(merged))
        return body, f'"{hashlib.sha256(body).hexdigest()[:16]}"'
