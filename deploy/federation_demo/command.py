"""``steward federation demo``."""

import asyncio
from typing import Annotated

import typer


def demo(
    keep: Annotated[bool, typer.Option(help="Keep the temporary folder, for looking at logs.")] = False,
) -> None:
    """Run a hub and two regions on this machine, load them, and compare the nation's totals with theirs."""
    from deploy.federation_demo.demonstration import demonstrate

    raise SystemExit(asyncio.run(demonstrate(keep)))
