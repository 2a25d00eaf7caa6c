"""Sign-ins that come with a bulk load of people."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec

from services.registry.imports.commands.people.scope import IS_OUTSIDE, OF_OWN
from services.registry.imports.commands.report import read_texts
from services.registry.publication.commands import keep_people, raise_people
from services.registry.record_fields import EXTERNAL_ID
from services.registry.source_systems.queries import Writer
from services.registry.tables.states import Connection
from shared import clock
from shared.fields import Wrong

_TEXTS = {"iss": EXTERNAL_ID, "sub": EXTERNAL_ID}


class SignInLine(msgspec.Struct, forbid_unknown_fields=True):
    """Issuer and subject of the tokens that a person uses."""

    iss: str
    sub: str


_TABLE = (
    "create temp table sign_in_line (line int, external_id text, iss text, sub text, key text) on commit drop"
)
# Taken by another person already whom the client sees, or by an earlier line of the same load.
_TAKEN = f"""
with taken as (
    select l.line from sign_in_line l join subject s on s.subject_key = l.key
        join person p on p.person_id = s.person_id
        where not exists (select from identified_person i
                where i.system_id = $1 and i.value = l.external_id and i.person_id = p.person_id)
            and ($5::boolean or not ({IS_OUTSIDE})
                and ({OF_OWN} or exists (select from post where post.person_id = p.person_id)))
    union
    select line from (select line, min(line) over (partition by key) as first from sign_in_line) l
        where line > first
), gone as (delete from sign_in_line where line in (select line from taken))
delete from person_line where line in (select line from taken) returning line, 'subject-taken'
"""
# The client's own ($3): without it, it would pass for a stranger (`commands.sign_ins.keep_own`).
_OWN = """
delete from person_line l using identified_person i join subject s using (person_id)
where i.system_id = $1 and i.value = l.external_id and s.subject_key = $3 and l.external_id = any($2::text[])
  and not exists (select from sign_in_line s where s.external_id = l.external_id and s.key = $3)
returning l.line, 'own-sign-in'
"""
_UNTIE = """
delete from subject s using identified_person i
where i.person_id = s.person_id and i.system_id = $1 and i.value = any($2::text[])
  and exists (select from person_line l where l.external_id = i.value)
  and not exists (select from sign_in_line l where l.external_id = i.value and l.key = s.subject_key)
returning s.person_id
"""
_TIE = """
insert into subject (subject_key, person_id, iss, sub)
select distinct on (l.key) l.key, i.person_id, l.iss, l.sub
from sign_in_line l join person_line using (external_id)
    join identified_person i on i.system_id = $1 and i.value = l.external_id
on conflict do nothing returning person_id
"""
# What somebody else has, out of the client's sight, is claimed: shown as tied.
_UNCLAIM = """
delete from claimed_subject c using identified_person i
where i.person_id = c.person_id and i.system_id = $1 and i.value = any($2::text[])
  and exists (select from person_line l where l.external_id = i.value)
  and (not exists (select from sign_in_line l where l.external_id = i.value and l.key = c.subject_key)
    or exists (select from subject s where s.subject_key = c.subject_key and s.person_id = c.person_id))
returning c.person_id
"""
_CLAIM = """
insert into claimed_subject (person_id, subject_key, iss, sub)
select distinct on (i.person_id, l.key) i.person_id, l.key, l.iss, l.sub
from sign_in_line l join person_line using (external_id)
    join identified_person i on i.system_id = $1 and i.value = l.external_id
where not exists (select from subject s where s.subject_key = l.key and s.person_id = i.person_id)
on conflict do nothing returning person_id
"""


# A sign-in that somebody else tied in the meantime: the line is looked at again next time.
_UNTIED = """
update person p set line_digest = null
from sign_in_line l join person_line using (external_id)
    join identified_person i on i.system_id = $1 and i.value = l.external_id
where p.person_id = i.person_id
  and not exists (select from subject s where s.subject_key = l.key and s.person_id = p.person_id)
"""


def check_sign_ins(subjects: Sequence[SignInLine]) -> None:
    """Put sign-ins into the form that is stored. Raises Wrong with the field's pointer."""
    for place, each in enumerate(subjects):
        try:
            read_texts(each, _TEXTS)
        except Wrong as wrong:
            raise Wrong(wrong.code, wrong.detail, f"/subjects/{place}{wrong.pointer}") from None


@dataclass(slots=True)
class SignIns:
    """The sign-ins that lines tie, and the external ids of the people that they tie them to."""

    key_of: Callable[[str, str], str]
    tying: set[str] = field(default_factory=set)
    rows: list[tuple[int, str, str, str, str]] = field(
        default_factory=list
    )  # line, external id, iss, sub, key

    def note(self, number: int, external_id: str, subjects: Sequence[SignInLine] | None) -> None:
        """Keep the sign-ins of one line; a line without the field leaves them as they are."""
        if subjects is None:
            return
        self.tying.add(external_id)
        self.rows.extend(
            (number, external_id, each.iss, each.sub, self.key_of(each.iss, each.sub)) for each in subjects
        )


async def reject_taken(
    connection: Connection,
    writer: Writer,
    scope: list[str] | None,
    sign_ins: SignIns,
) -> list[Any]:
    """Take lines out whose sign-in is somebody else's within `scope`, as in the merge. Returns (line, code).

    And those that would untie the client's own.
    """
    await connection.execute(_TABLE)
    await connection.copy_records_to_table("sign_in_line", records=sign_ins.rows)
    own = await connection.fetch(_OWN, writer.source, list(sign_ins.tying), writer.by)
    asked = (writer.source, scope or [], clock.today(), writer.own, scope is None)
    return [*own, *await connection.fetch(_TAKEN, *asked)]


async def apply_sign_ins(
    connection: Connection, source: str, tying: Collection[str], changed: Collection[UUID]
) -> set[UUID]:
    """Let the people of the loaded lines have exactly the sign-ins given.

    Returns those of them that nothing else changed, with their versions raised.
    """
    rows = [*await connection.fetch(_UNTIE, source, list(tying)), *await connection.fetch(_TIE, source)]
    rows += await connection.fetch(_UNCLAIM, source, list(tying))
    rows += await connection.fetch(_CLAIM, source)
    await connection.execute(_UNTIED, source)
    tied = {row[0] for row in rows} - set(changed)
    await keep_people(connection, list(tied))
    await raise_people(connection, tied)
    return tied
