"""Roll-ups read over HTTP at 100,000 and at 1,000,000 assessments over 30,000 units."""

import asyncio

from services.assessment.rollups.commands.rebuild import recount
from shared.database.engine import Database
from shared.settings import Settings
from tests.bench import load
from tests.bench.place import Place
from tests.bench.report import Figure, middle, percentile

SMALL, LARGE = "2026Q1", "2026Q2"  # the same units, ten times the people
PATHS = {
    "country": "?unit=C",
    "region": "?unit=R3",
    "district": "?unit=D7",
    "country's regions": "/children?unit=C",
    "region's districts": "/children?unit=R0",
    "district's facilities": "/children?unit=D7",
}
LIMIT, GROWTH = 10.0, 1.2  # p99 in ms; against the smaller number
_COUNTED = """
insert into counted (person_id, period, assessment_id, completed_at, unit_code, path, level, scores, targets)
select gen_random_uuid(), $1, gen_random_uuid(), now(), u.unit_code, u.path, (array['B','I','A'])[g % 3 + 1],
    array[200+g%300,210+g%280,220+g%270,230+g%260,240+g%250,250+g%240,260+g%230,270+g%220,280+g%210,290+g%200,300+g%190]::smallint[],
    array_fill(400::smallint, array[11])
from generate_series(1, $2::int) g join unit u on u.unit_code = 'F' || g % $3::int
"""


async def measure(place: Place) -> list[Figure]:
    """p99 of every path at both sizes."""
    people = place.size(1_000_000, 20_000)
    async with place.connect("assessment") as connection:
        for period, count in ((SMALL, people // 10), (LARGE, people)):
            await connection.execute(_COUNTED, period, count, place.size(30_000, 1_000), timeout=600)
        await connection.execute("vacuum analyze counted", timeout=600)
    database = Database(Settings(service="assessment", database_url=place.stack.database_url("assessment")))
    async with database.session() as session:
        await recount(session)
    await database.close()
    async with place.connect("assessment") as connection:
        await connection.execute("vacuum analyze rollup", timeout=600)
    return [figure for name, path in PATHS.items() for figure in await _one(place, name, path, people)]


async def _one(place: Place, name: str, path: str, people: int) -> list[Figure]:
    """Both sizes in turn, three rounds."""
    token = place.stack.issuer.token("programme-manager", units=("C",), subject="bench")
    count = place.size(300, 30)
    found: dict[str, list[float]] = {SMALL: [], LARGE: []}
    for period in (SMALL, LARGE) * 3:
        requests = [("GET", f"/v1/rollups{path}&period={period}&level=I", token, "")] * count
        _, latencies = await asyncio.to_thread(load.run, place.port("assessment"), 1, requests)
        found[period] += latencies[count // 10 :]
    small, large = (percentile(found[period], 0.99) for period in (SMALL, LARGE))
    told = f"p50 {middle(found[LARGE]):.2f} ms at {people}"
    return [
        Figure(f"roll-up of {name}, p99", large, "ms", LIMIT, at_most=True, detail=told),
        Figure(f"roll-up of {name}, against a tenth", large / small, "", GROWTH, at_most=True),
    ]
