"""One lookup by SCIM at 10,000 and at 1,000,000 people."""

import asyncio
from urllib.parse import quote

from tests.bench import load
from tests.bench.bulk import FACILITIES, post, source_client_token
from tests.bench.place import Place
from tests.bench.report import Figure, middle

GROWTH = 1.5  # against the smaller number; pages of an index grow with the logarithm
NAME = "scim"
_PEOPLE = """
insert into person (person_id, version, source, external_id, family_name, recorded_at, recorded_by)
select lpad(to_hex(g), 32, '0')::uuid, 1, $1, 'hr-' || g, 'Family' || g % 9973, now(), 'bench'
from generate_series($2::int, $3::int) g
"""
_ACCOUNTS = """
insert into scim_account (user_key, system_id, person_id, user_name, recorded_at, recorded_by)
select 'user' || g, $1, lpad(to_hex(g), 32, '0')::uuid, 'user' || g, now(), 'bench'
from generate_series($2::int, $3::int) g
"""
NOBODY = "/scim/v2/Users?filter=id%20eq%20%22nobody%22"  # everything but people
FILTERS = {"externalId": 'externalId eq "hr-{}"', "userName": 'userName eq "User{}"'}


async def measure(place: Place) -> list[Figure]:
    """One person looked up by externalId and by userName, at both sizes."""
    operator = place.stack.issuer.token("hris", units=("BENCH",), subject="bench")
    await post(place, "registry", "/v1/imports/facilities?country=BENCH", operator, FACILITIES, "text/csv")
    token = await source_client_token(place, NAME)
    sizes = [place.size(10_000, 500), place.size(1_000_000, 5_000)]
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in FILTERS}
    for before, until in zip([0, *sizes], sizes, strict=False):
        await _grow(place, before + 1, until)
        for name, query in FILTERS.items():
            found[name].append(await _lookup(place, token, query, until))
    return [_figure(name, *both) for name, both in found.items()]


def _figure(name: str, small: tuple[float, float], large: tuple[float, float]) -> Figure:
    """How a lookup grew against requests of the same moments that look at nobody."""
    growth = (large[0] / large[1]) / (small[0] / small[1])
    detail = f"p50 {large[0]:.2f} ms, of a request that looks at nobody {large[1]:.2f} ms"
    return Figure(
        f"SCIM lookup by {name}, against a hundredth", growth, "", GROWTH, at_most=True, detail=detail
    )


async def _grow(place: Place, first: int, last: int) -> None:
    async with place.connect("registry") as connection:
        system = await connection.fetchval("select system_id from source_system where code = $1", NAME)
        for statement in (_PEOPLE, _ACCOUNTS):
            await connection.execute(statement, system, first, last, timeout=900)
        for table in ("person", "scim_account"):
            await connection.execute(f"vacuum analyze {table}", timeout=900)


async def _lookup(place: Place, token: str, query: str, people: int) -> tuple[float, float]:
    """Latency in ms of one caller after another, and that of requests in between that look at nobody."""
    count = place.size(400, 20)
    paths = [f"/scim/v2/Users?filter={quote(query.format(1 + n * 7919 % people))}" for n in range(count)]
    requests = [("GET", path, token, "") for found in paths for path in (found, NOBODY)]
    _, latencies = await asyncio.to_thread(load.run, place.port("registry"), 1, requests)
    measured = latencies[2 * (count // 10) :]
    return middle(measured[::2]), middle(measured[1::2])
