"""The demonstration country of a local stack: loaded once, and into an instance that holds nothing else.

While it is loaded the folder holds a mark; a load that was broken off leaves it there. Then the data are
incomplete, and only somebody who knows that decides whether they are removed (`steward reset`) or stay
(`steward run --empty`).
"""

import json
from collections.abc import Callable
from pathlib import Path

import asyncpg

from deploy.data_folder.contents import EXAMPLES
from deploy.demo import country, examples
from deploy.demo.api import Api
from deploy.local.processes import StartError
from deploy.local.stack import DATABASE, Stack

MARK = "unfinished"
LOADED = "country.json"
# What callers own and a fresh instance has none of; frameworks, roles and the like come with the services.
_OWN = {
    "units": "registry.unit",
    "people": "registry.person",
    "posts": "registry.post",
    "cycles": "assessment.cycle",
    "targets": "evaluation.target",
    "plans": "planning.plan",
}


def loaded(folder: Path) -> dict[str, str] | None:
    """The `root` unit's code and a `leader`'s sign-in name of a country that was loaded whole, or None."""
    path = folder / LOADED
    found: dict[str, str] | None = json.loads(path.read_text()) if path.exists() else None
    return found


def check_whole(folder: Path) -> None:
    """Raises StartError where a load was broken off."""
    if (folder / MARK).exists():
        raise StartError(
            f"Loading the demonstration country into {folder} was broken off, so that its data are incomplete."
            f" `steward reset` names what it removes and asks; `steward run --empty` goes on with what is there."
        )


async def why_not(stack: Stack) -> str | None:
    """Why no demonstration country is loaded into the running `stack`, None where it may be."""
    if stack.role != "none":
        return f"this instance is a {stack.role} of a federation, whose figures are real"
    own = await _own_data(stack)
    if own:
        return f"this instance holds data of its own ({', '.join(f'{n} {name}' for name, n in own.items())})"
    return None


async def load(stack: Stack, say: Callable[[str], None]) -> dict[str, str]:
    """Load the country through the gateway of the running `stack`."""
    mark = stack.folder / MARK
    mark.touch(mode=0o600)
    found = await country.load(stack.gateway_url, stack.token, say)
    (stack.folder / EXAMPLES).write_text(json.dumps(await _examples(stack, found)))
    (stack.folder / LOADED).write_text(json.dumps(found))
    mark.unlink()
    return found


async def _examples(stack: Stack, known: dict[str, str]) -> examples.Examples:
    """What the API page is filled in with."""
    async with Api(stack.gateway_url, stack.token, units=(known["root"],), recorded=False) as api:
        return await examples.prepare(api, known["root"], known["leader"])


async def _own_data(stack: Stack) -> dict[str, int]:
    """Number of rows that callers own, by kind; none of those that are 0."""
    connection = await asyncpg.connect(stack.postgres.url(DATABASE))
    try:
        counts = {
            name: int(await connection.fetchval(f"select count(*) from {table}"))
            for name, table in _OWN.items()
        }
    finally:
        await connection.close()
    return {name: number for name, number in counts.items() if number}
