"""Applications under test: a service over a real uvicorn, in this process, and calls to it."""

import asyncio
import importlib
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp
import orjson
import uvicorn
from fastapi import FastAPI

from shared.http.bounds import BoundedProtocol
from shared.settings import Settings


@dataclass(frozen=True)
class Answer:
    """What came back: status, headers, and the body as it is and, where it is JSON, decoded."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The decoded body."""
        return orjson.loads(self.body)

    @property
    def version(self) -> str:
        """The version in the entity tag of an answer to GET, without the answer's digest."""
        return self.headers["ETag"].strip('"').partition("-")[0]

    @property
    def code(self) -> str:
        """The stable code of a problem."""
        return str(self.json["code"])


def headers_of(
    token: str | None, key: str | None, if_match: str | None, headers: Mapping[str, str] | None
) -> dict[str, str]:
    """The headers of one request; `key` is the Idempotency-Key."""
    return {
        **({"Authorization": f"Bearer {token}"} if token else {}),
        **({"Idempotency-Key": key} if key else {}),
        **({"If-Match": if_match} if if_match else {}),
        **(headers or {}),
    }


class Client:
    """HTTP client of one running application; `token` goes into every call that names no other."""

    def __init__(
        self, http: aiohttp.ClientSession, url: str, token: str | None = None, operators: str = ""
    ) -> None:
        """Call `url` with `http`; `operators` is where it answers operators alone, if elsewhere."""
        self.http = http
        self.url = url
        self.token = token
        self.operators = operators or url

    def using(self, token: str | None) -> "Client":
        """The same application, called as somebody else."""
        return Client(self.http, self.url, token, self.operators)

    async def metrics(self) -> Answer:
        """What the application says to Prometheus."""
        async with self.http.get(f"{self.operators}/metrics") as response:
            return Answer(response.status, response.headers, await response.read())

    async def call(
        self,
        method: str,
        path: str,
        *,
        token: str | None = None,
        key: str | None = None,
        if_match: str | None = None,
        headers: Mapping[str, str] | None = None,
        **request: Any,
    ) -> Answer:
        """One request; `key` is the Idempotency-Key, the rest (json=, data=, params=) as aiohttp has it."""
        every = headers_of(token or self.token, key, if_match, headers)
        async with self.http.request(method, self.url + path, headers=every, **request) as response:
            return Answer(response.status, response.headers, await response.read())

    async def get(self, path: str, **options: Any) -> Answer:
        """GET."""
        return await self.call("GET", path, **options)

    async def post(self, path: str, **options: Any) -> Answer:
        """POST."""
        return await self.call("POST", path, **options)

    async def put(self, path: str, **options: Any) -> Answer:
        """PUT."""
        return await self.call("PUT", path, **options)

    async def patch(self, path: str, **options: Any) -> Answer:
        """PATCH."""
        return await self.call("PATCH", path, **options)

    async def delete(self, path: str, **options: Any) -> Answer:
        """DELETE."""
        return await self.call("DELETE", path, **options)


def application(settings: Settings) -> FastAPI:
    """The application of `services/<service>/main.py`, composed with these settings."""
    module = importlib.import_module(f"services.{settings.service}.main")
    app: FastAPI = module.create(settings)
    return app


class _Server(uvicorn.Server):
    """Leaves signals to the test runner."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[Client]:
    """Serve `app`, its lifespan included, on a free port, until the block ends."""
    config = uvicorn.Config(
        app,
        host="127.0.0.1",
        port=0,
        loop="none",
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        timeout_graceful_shutdown=3,
        timeout_keep_alive=75,  # as Steward serves: longer than a client keeps a connection that is idle
    )
    server = _Server(config)
    task = asyncio.create_task(server.serve())
    try:
        while not server.started:
            if task.done():
                task.result()
                raise RuntimeError("The application did not start; its log says why.")
            await asyncio.sleep(0.005)
        port = server.servers[0].sockets[0].getsockname()[1]
        async with aiohttp.ClientSession() as http:
            metrics = getattr(app.state, "metrics_port", None)
            operators = f"http://127.0.0.1:{metrics}" if metrics else ""
            yield Client(http, f"http://127.0.0.1:{port}", operators=operators)
    finally:
        server.should_exit = True
        done, _ = await asyncio.wait([task], timeout=15)
        assert done, "the application did not end"
