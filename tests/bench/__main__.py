"""``python -m tests.bench [--quick] [--only NAME ...] [--json FILE]``: a table of figures, then all as JSON."""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable, Collection
from pathlib import Path

from tests.bench import auditing, bulk, hosting, lists, messaging, reading, releases, scim, submitting
from tests.bench.place import Place, place
from tests.bench.report import Figure, as_json, table

SERVICES = ("registry", "assessment", "planning", "evaluation", "gateway")
SECTIONS: dict[str, Callable[[Place], Awaitable[list[Figure]]]] = {
    "submitting": submitting.measure,
    "responses": bulk.responses,
    "people": bulk.people,
    "lists": lists.measure,
    "messaging": messaging.measure,  # judges consumers by the rate that submitting measured
    "hosting": hosting.measure,
    "reading": reading.measure,
    "scim": scim.measure,
    "auditing": auditing.measure,
}

RELEASES = "releases"  # needs no stack, and is measured before it starts
NAMES = (*SECTIONS, RELEASES)


async def measure(names: Collection[str], *, quick: bool) -> list[Figure]:
    """The sections of these names, in their usual order, on one stack."""
    figures = []
    if RELEASES in names:
        print(f"measuring: {(releases.measure.__doc__ or '').splitlines()[0]}", file=sys.stderr, flush=True)
        figures += releases.measure(releases.QUICK if quick else releases.FULL)
    if not SECTIONS.keys() & set(names):
        return figures
    async with place(quick=quick) as found:
        for name, section in SECTIONS.items():
            if name in names:
                print(f"measuring: {(section.__doc__ or '').splitlines()[0]}", file=sys.stderr, flush=True)
                figures += await section(found)
        return figures + [Figure(f"memory of {name}, peak", found.peak(name), "MB") for name in SERVICES]


def main() -> None:
    """Measure, print, and write the JSON where asked to."""
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it runs, not how fast")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    parser.add_argument("--only", nargs="+", choices=NAMES, default=list(NAMES), help="these parts alone")
    given = parser.parse_args()
    os.environ["PYTHONPATH"] = str(Path(__file__).parents[2])  # services without an audit are of the tests
    figures = asyncio.run(measure(given.only, quick=given.quick))
    print(f"load of the machine while measuring: {os.getloadavg()[0]:.1f}")
    print(table(figures))
    found = json.dumps(as_json(figures))
    if given.json:
        given.json.write_text(found + "\n")
    print(found)


if __name__ == "__main__":
    main()
