"""A person's profile read with its audit and without: two sets of services on the same servers, in turn."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deploy.local.processes import free_port
from deploy.local.service import ServiceProcess
from deploy.services import service_names
from tests.bench import load
from tests.bench.bulk import FACILITIES, post, source_client_token
from tests.bench.place import Place
from tests.bench.report import Figure, middle

LIMIT = 1.15
ROUNDS = 6
NAME = "auditing"


async def measure(place: Place) -> list[Figure]:
    """The median of one caller after another, alternating."""
    operator = place.stack.issuer.token("hris", units=("BENCH",), subject="bench")
    await post(place, "registry", "/v1/imports/facilities?country=BENCH", operator, FACILITIES, "text/csv")
    token = await source_client_token(place, NAME)
    line = json.dumps({"external_id": "audited", "family_name": "Kamara"}).encode()
    await post(place, "registry", "/v1/imports/people", token, line, "application/x-ndjson")
    async with place.connect("registry") as connection:
        person = await connection.fetchval("select person_id from person where external_id = 'audited'")
    path, count = f"/v1/people/{person}/profile", place.size(200, 20)
    found: dict[str, list[float]] = {"with": [], "without": []}
    async with _without(place) as port:
        ports = {"with": place.port("gateway"), "without": port}
        for turn in range(ROUNDS):
            for name in sorted(ports, reverse=turn % 2 == 1):
                requests = [("GET", path, token, "")] * count
                _, latencies = await asyncio.to_thread(load.run, ports[name], 1, requests)
                found[name] += latencies[count // 10 :]
    audited, plain = middle(found["with"]), middle(found["without"])
    detail = f"p50 {audited:.2f} ms, without {plain:.2f} ms"
    return [
        Figure("profile read, audited against not", audited / plain, "", LIMIT, at_most=True, detail=detail)
    ]


@asynccontextmanager
async def _without(place: Place) -> AsyncIterator[int]:
    """Port of the gateway of a second set of services, which audit nothing."""
    stack = place.stack
    ports = {name: free_port(fresh=True) for name in service_names()}
    urls = {name: f"http://127.0.0.1:{port}" for name, port in ports.items() if name != "gateway"}
    running = [
        ServiceProcess(
            f"unaudited-{name}",
            stack.folder,
            "tests.bench.unaudited:main",
            [name],
            stack.environment(name)
            | {
                "STEWARD_PORT": str(port),
                "STEWARD_METRICS_PORT": str(free_port(fresh=True)),
                "STEWARD_SERVICES": json.dumps(urls),
            },
            f"http://127.0.0.1:{port}/readyz",
        )
        for name, port in ports.items()
    ]
    try:
        await asyncio.gather(*(asyncio.to_thread(each.start) for each in running))
        yield ports["gateway"]
    finally:
        for each in running:
            each.signal_stop()
        for each in running:
            each.stop()
