"""How a source system writes its CSV, stored so that nobody has to say it with each file."""

import msgspec
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from services.registry.imports.commands.csv_lines import CsvForm
from services.registry.source_systems.commands import find_system
from services.registry.source_systems.queries import get_system
from services.registry.tables.imports import import_form
from services.registry.tables.source_systems import source_system
from services.registry.tables.states import Connection
from shared import clock

_STORED = "select form::text from import_form where system_id = $1 and kind = $2"


async def stored_form(connection: Connection, system_id: str, kind: str) -> CsvForm:
    """The form of a system's lists of a kind; without any all is found by itself."""
    found = await connection.fetchval(_STORED, system_id, kind)
    return CsvForm() if found is None else msgspec.json.decode(found, type=CsvForm)


async def read_form(session: AsyncSession, code: str, kind: str) -> tuple[int, CsvForm]:
    """Version, 0 where nothing is stored, and form of a system. Raises NotFound `source-system-unknown`."""
    await get_system(session, code)
    select = sa.select(import_form.c.version, import_form.c.form).join(
        source_system, source_system.c.system_id == import_form.c.system_id
    )
    mine = sa.and_(source_system.c.code == code, import_form.c.kind == kind)
    row = (await session.execute(select.where(mine))).one_or_none()
    return (0, CsvForm()) if row is None else (row.version, msgspec.convert(row.form, CsvForm))


async def lock_form(session: AsyncSession, code: str, kind: str) -> int:
    """The form's version, which nobody else changes until the transaction ends. Raises as `read_form`."""
    await find_system(session, code)
    return (await read_form(session, code, kind))[0]


async def store_form(session: AsyncSession, code: str, kind: str, form: CsvForm, by: str) -> None:
    """Store a form in place of the one that is there."""
    system = await find_system(session, code)
    row = {"form": msgspec.to_builtins(form), "recorded_at": clock.now(), "recorded_by": by}
    statement = insert(import_form).values(system_id=system["system_id"], kind=kind, version=1, **row)
    changed = {**row, "version": import_form.c.version + 1}
    await session.execute(statement.on_conflict_do_update(index_elements=["system_id", "kind"], set_=changed))
