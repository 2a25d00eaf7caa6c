"""What a transfer asks of an instance's API, by the right of who runs it."""

from collections.abc import AsyncIterator
from types import TracebackType
from typing import Any, Self

import aiohttp

from deploy.federation.federation_error import FederationError
from deploy.person_transfers import person_file

TIMEOUT = aiohttp.ClientTimeout(total=60, sock_connect=10)


class Refused(FederationError):
    """The instance refused, and nothing changed there."""


class Instance:
    """An instance, called with a token."""

    def __init__(self, url: str, token: str) -> None:
        self._url, self._token = url.rstrip("/"), token

    async def __aenter__(self) -> Self:
        headers = {"Authorization": f"Bearer {self._token}"}
        self._http = aiohttp.ClientSession(headers=headers, timeout=TIMEOUT)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        await self._http.close()

    async def ask(self, method: str, path: str, **more: Any) -> Any:
        """The answer. Raises Refused with the problem's code; FederationError where nobody knows what was done."""
        try:
            async with self._http.request(method, f"{self._url}{path}", **more) as answer:
                body = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise FederationError(f"{self._url} does not answer: {type(error).__name__}.") from None
        if answer.status >= 500:
            raise FederationError(f"{self._url} failed: {body.get('code')}.")
        if answer.status >= 400:
            raise Refused(f"{body.get('code')}: {body.get('detail')}")
        return body

    async def _every(self, path: str, **parameters: str) -> AsyncIterator[dict[str, Any]]:
        more: dict[str, str] = {}
        while True:
            page = await self.ask("GET", path, params={"limit": "200", **parameters, **more})
            for item in page["items"]:
                yield item
            if page["next"] is None:
                return
            more = {"cursor": page["next"]}

    async def taken(self, person_id: str) -> dict[str, Any]:
        """Record, results and plans of a person, as the caller may read them; what they brought before too."""
        person = await self.ask("GET", f"/v1/people/{person_id}")
        scores, plans = f"/v1/people-scores/{person_id}", f"/v1/plans/carried/{person_id}"
        results = [person_file.result(one) async for one in self._every(f"{scores}/carried")]
        async for one in self._every(scores):
            held = await self.ask("GET", f"/v1/assessments/{one['assessment_id']}")
            results.append(person_file.result({**one, "role_code": held["role_code"]}))
        found = [person_file.plan(one["plan"]) async for one in self._every(plans)]
        found += [person_file.plan(one) async for one in self._every("/v1/plans", person=person_id)]
        return {"record": person_file.record(person), "results": results, "plans": found}
