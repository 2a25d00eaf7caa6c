"""``python -m tests.bench [--quick] [--json FILE]``: a table of figures; the last line is the same as JSON."""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path

from tests.bench import bulk, messaging, reading, submitting
from tests.bench.place import place
from tests.bench.report import Figure, as_json, table

SERVICES = ("registry", "assessment", "planning", "evaluation", "gateway")


async def measure(*, quick: bool) -> list[Figure]:
    """Every measurement, on one stack."""
    async with place(quick=quick) as found:
        figures = []
        for section in (submitting, bulk, messaging, reading):
            print(f"measuring: {(section.__doc__ or '').splitlines()[0]}", file=sys.stderr, flush=True)
            figures += await section.measure(found)
        return figures + [Figure(f"memory of {name}, peak", found.peak(name), "MB") for name in SERVICES]


def main() -> None:
    """Measure, print, and write the JSON where asked to."""
    parser = argparse.ArgumentParser(prog="tests.bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that it runs, not how fast")
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    given = parser.parse_args()
    figures = asyncio.run(measure(quick=given.quick))
    print(f"load of the machine while measuring: {os.getloadavg()[0]:.1f}")
    print(table(figures))
    found = json.dumps(as_json(figures))
    if given.json:
        given.json.write_text(found + "\n")
    print(found)


if __name__ == "__main__":
    main()
