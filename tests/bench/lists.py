"""Memory of a load of CSV at two sizes: it does not grow with the list."""

from tests.bench.bulk import ROWS, as_body, people_lines, plant_country, post, source_client_token
from tests.bench.place import Place
from tests.bench.report import Figure

PEAK = 200.0  # MB of a service at 1,000,000 lines
GROWTH = 5.0  # MB for 100,000 lines more: from 100 MB it comes to no more than `PEAK`


async def measure(place: Place) -> list[Figure]:
    """Peak memory of registry while it loads people in CSV, and how it grows with the number of lines."""
    sizes = place.size(100_000, 1_000), place.size(400_000, 4_000)
    await plant_country(place)
    small, large = [await peak_of(place, size) for size in sizes]
    growth = (large - small) / (sizes[1] - sizes[0]) * 100_000
    name = "lines of CSV, memory of registry"
    return [
        Figure(f"{name}, peak", large, "MB", PEAK, at_most=True, detail=f"{sizes[1]} lines"),
        Figure(
            f"{name}, 100,000 lines more", growth, "MB", GROWTH, at_most=True, detail=f"from {small:.0f} MB"
        ),
    ]


async def peak_of(place: Place, size: int) -> float:
    """Highest resident memory of registry in MB while it loads so many new people."""
    token = await source_client_token(place, f"lists-{size}")
    body = as_body(people_lines(size), ROWS)
    place.forget_peak("registry")
    report, _ = await post(place, "registry", "/v1/imports/people", token, body, ROWS)
    assert report["created"] == size, report["rejected"][:3]
    return place.peak("registry")
