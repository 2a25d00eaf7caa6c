"""``steward clock``: domain time of the local stack."""

from datetime import timedelta
from typing import Annotated

import typer

from deploy.data_folder.contents import folder_of_stack
from shared import clock as domain_clock


def clock(
    move: Annotated[str, typer.Argument(help="+30d, +12h, reset, or nothing to show it.")] = "",
) -> None:
    """Show or move domain time of the local stack."""
    path = folder_of_stack() / "clock"
    domain_clock.follow(path)
    if move == "reset":
        domain_clock.set_offset(path, timedelta())
    elif move:
        domain_clock.set_offset(path, domain_clock.offset() + _duration(move))
    typer.echo(f"{domain_clock.now():%Y-%m-%d %H:%M} UTC, {domain_clock.offset()} ahead")


def _duration(text: str) -> timedelta:
    units = {"d": "days", "h": "hours", "m": "minutes"}
    sign, number, unit = text[:1], text[1:-1], text[-1:]
    if sign not in "+-" or unit not in units or not number.isdigit():
        typer.echo("Say it as +30d, +12h, -1d or reset.", err=True)
        raise SystemExit(2)
    return timedelta(**{units[unit]: float(f"{sign}{number}")})
