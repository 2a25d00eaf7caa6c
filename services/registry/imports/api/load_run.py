"""What every door of lists does around its load: the import as a resource, the dry run, the digest."""

from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from hmac import compare_digest
from typing import Annotated, Any, NamedTuple
from uuid import UUID, uuid4

import msgspec
from fastapi import Depends, Query, Request
from starlette.responses import Response

from services.registry.imports.commands.report import Report
from services.registry.imports.commands.runs import Absence, Run, Sent
from services.registry.imports.effects import NOTHING, sealed
from shared.auth.caller import Caller
from shared.errors import Conflict, FieldError, Invalid
from shared.http import LoadRoute, Raw

_OWN = ("import_id", "dry_run", "digest")  # parameters that change nothing of what a load does


class ImportRoute(LoadRoute):
    """Lists of units, people and posts; each asks for its own right once it is here."""

    rights = ("unit.keep", "person.record", "person.keep", "post.keep")


class Asked(NamedTuple):
    """How a list is to be loaded."""

    import_id: UUID | None
    dry_run: bool
    digest: str | None


def asked(
    import_id: Annotated[
        UUID | None, Query(description="An id of your own making, to follow the import by while it runs.")
    ] = None,
    dry_run: Annotated[
        bool, Query(description="Say what the load would do, with its `digest`, and do nothing.")
    ] = False,
    digest: Annotated[
        str | None,
        Query(pattern="^[0-9a-f]{64}$", description="Of a dry run: load only if it does exactly that still."),
    ] = None,
) -> Asked:
    """How a list is to be loaded. Raises Invalid `digest-of-nothing`."""
    if dry_run and digest is not None:
        error = FieldError("/query/digest", "digest-of-nothing", "A dry run makes a digest and takes none.")
        raise Invalid("digest-of-nothing", "A dry run does nothing that could be compared.", [error])
    return Asked(import_id, dry_run, digest)


HowAsked = Annotated[Asked, Depends(asked)]


class Load(NamedTuple):
    """One load: its kind, the id of the system that it is written as, and whether the list is a full one."""

    kind: str
    system_id: str | None
    how: Asked
    full_list: bool = False


Work = Callable[[], Awaitable[Absence | None]]


async def run_load(
    request: Request, connection: Raw, caller: Caller, load: Load, report: Report, work: Work
) -> Response:
    """Answer with `report`, which `work` fills while the import is listed as under way.

    Raises Conflict `import-exists`, and `dry-run-outdated` where the load would do something else than the
    dry run.
    """
    how, state = load.how, request.app.state
    import_id = how.import_id or uuid4()
    report.import_id = str(import_id)
    report.digest = NOTHING if how.dry_run or how.digest is not None else None
    sent = Sent(
        import_id, load.kind, load.system_id, list(caller.units), caller.subject_key, how.dry_run, load.full_list
    )  # fmt: skip
    async with Run(state.database, sent, report) as run:
        absence = await (_in_vain(connection, work) if how.dry_run else work())
        if report.digest is not None:
            key = sha256(state.settings.subject_pepper.encode()).digest()
            report.digest = sealed(report.digest, key, _about(request, load, report))
            if how.digest is not None and not compare_digest(how.digest, report.digest):
                raise _outdated()
        await run.done(connection, absence or Absence())
    return Response(msgspec.json.encode(report), media_type="application/json")


async def _in_vain(connection: Raw, work: Work) -> Absence:
    """Do the work and take it back: nothing became of anybody, and nobody waits for a decision."""
    savepoint = connection.transaction()
    await savepoint.start()
    await work()
    await savepoint.rollback()  # lint: to a savepoint: the transaction goes on
    return Absence()


def _about(request: Request, load: Load, report: Report) -> Sequence[Any]:
    """What was asked and how it came out, in the digest beside the effects on each record."""
    parameters = sorted(pair for pair in request.query_params.multi_items() if pair[0] not in _OWN)
    counts = (
        report.received,
        report.created,
        report.updated,
        report.unchanged,
        report.held,
        report.rejected_count,
    )
    return (load.kind, load.system_id, *parameters, *counts)


def _outdated() -> Conflict:
    detail = "The load would not do any more what the dry run said: look at a new one."
    return Conflict("dry-run-outdated", detail, [FieldError("/query/digest", "dry-run-outdated", detail)])
