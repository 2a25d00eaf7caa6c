"""What `steward run` prints when everything is up; the lines that people use next stand last."""

import os
from collections.abc import Mapping
from datetime import date
from functools import partial
from pathlib import Path

from deploy.data_folder.issuer import ROLES
from deploy.local.stack import Stack
from shared import periods

EVERY_ROLE = (
    "every-role"  # the token for the API page: one person who is a leader, and everything else besides
)
# Roles whose tokens are valid below org units.
SCOPED = frozenset({"hris", "programme-manager", "data-protection-officer"})


def write_tokens(stack: Stack, known: Mapping[str, str]) -> None:
    """A token for each role in `tokens/`, readable by this user alone; `known` as `first_load.loaded`."""
    folder = stack.folder / "tokens"
    folder.mkdir(mode=0o700, exist_ok=True)
    for role in ROLES:
        scope = (known["root"],) if known and role in SCOPED else ()
        token = stack.token(role, scope, known["leader"] if known and role == "leader" else "")
        _write(folder / role, token)
    if known:
        everything = stack.issuer.token(*ROLES, units=(known["root"],), subject=known["leader"], client=False)
        _write(folder / EVERY_ROLE, everything)


def _write(path: Path, token: str) -> None:
    with open(path, "w", opener=partial(os.open, mode=0o600)) as file:
        file.write(token)


def lines(stack: Stack, known: Mapping[str, str], today: date) -> list[str]:
    """Addresses, and calls that work as they stand; the very last line is for scripts."""
    calls = _of_country(stack, known["root"], today) if known else _of_nothing(stack)
    return [
        "",
        "This is LOCAL MODE with a development key: anyone who can read this folder can sign in as anybody.",
        f"Logs are in {stack.folder / 'logs'}; Ctrl-C or `steward stop` stops everything.",
        f"Tokens are in {stack.folder / 'tokens'}, one a role; `steward token ROLE` prints others.",
        "",
        *calls,
        "",
        f"Docs      {stack.gateway_url}/docs" + (f" (paste tokens/{EVERY_ROLE})" if known else ""),
        f"Gateway   {stack.gateway_url}",
        f"ready {stack.gateway_url}",
    ]


def _of_country(stack: Stack, root: str, today: date) -> list[str]:
    quarter = periods.previous(periods.of(today))  # the last one that is complete
    return [
        "Try:",
        _call(stack, "programme-manager", f"/v1/units?under={root}&level=district&limit=3"),
        _call(stack, "programme-manager", f"/v1/units/{root}/overview?period={quarter}"),
        _call(stack, "leader", "/v1/me"),
    ]


def _of_nothing(stack: Stack) -> list[str]:
    """Calls that need no unit, and the way to the first one."""
    return [
        "This instance holds no demonstration country. docs/first-cycle.md begins with the first unit. Try:",
        _call(stack, "ops", "/v1/flow"),
        _call(stack, "programme-manager", "/v1/frameworks"),
    ]


def _call(stack: Stack, role: str, path: str) -> str:
    bearer = f"\"Authorization: Bearer $(cat '{stack.folder / 'tokens' / role}')\""
    return f"  curl -s -H {bearer} '{stack.gateway_url}{path}'"
