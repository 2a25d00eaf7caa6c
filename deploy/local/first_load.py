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
_SERVICES = Path(__file__).resolve().parents[2] / "services"
# What callers wrote, which a fresh instance has none of: of frameworks, roles and the like what did not come
# with the services ($1 the codes of their roles). A ministry may begin with those, before it has a unit.
_OWN = {
    "units": "registry.unit",
    "people": "registry.person",
    "posts": "registry.post",
    "cycles": "assessment.cycle",
    "targets": "evaluation.target",
    "plans": "planning.plan",
    "source systems": "registry.source_system where code <> 'local'",
    "roles": "registry.role where version > 1 or role_code <> all($1::text[])",
    "frameworks": "assessment.framework_version where state = 'draft'"
    " or framework_code not in ('steward-core', 'emergency')",
    "role profiles": "assessment.role_profile where overridden",
    "interventions": "planning.intervention where own_version is not null",
    "plan limits": "planning.limits",
    "indicators": "evaluation.definition where epoch = 0",
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
        found = await examples.prepare(api, known["root"], known["leader"])
    own = {"code": f"{stack.instance.upper()}-01"}  # as codes of this instance's own begin
    return found | {"PUT /v1/interventions/{code}": {"parameters": own}}


async def _own_data(stack: Stack) -> dict[str, int]:
    """Number of rows that callers own, by kind; none of those that are 0."""
    shipped = json.loads((_SERVICES / "registry" / "content" / "roles.json").read_text())
    roles = [role["code"] for role in shipped["roles"]]
    connection = await asyncpg.connect(stack.postgres.url(DATABASE))
    try:
        counts = {
            name: int(await connection.fetchval(f"select count(*) from {rows}", *_given(rows, roles)))
            for name, rows in _OWN.items()
        }
    finally:
        await connection.close()
    return {name: number for name, number in counts.items() if number}


def _given(rows: str, roles: list[str]) -> list[list[str]]:
    return [roles] if "$1" in rows else []
