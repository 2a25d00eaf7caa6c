"""What has to be done about each line of a load of people."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.registry.imports.commands.people.lines import Marked, PersonLine, check
from services.registry.imports.commands.people.sign_ins import SignIns
from services.registry.imports.commands.report import Reader, Report
from services.registry.imports.commands.uuid7 import OrderedIds
from services.registry.source_systems.queries import Writer
from shared import clock
from shared.events.registry import PersonState

FORMER = b"former"  # in place of a digest: the system gave the person another number since
SUPERSEDED = (
    "identifier-superseded", "/external_id", "The system has another number for this person now: send that one.",
)  # fmt: skip
ERASED = b"erased"  # in place of a digest: the person was erased
REFUSED = {
    FORMER: SUPERSEDED,
    ERASED: ("identifier-erased", "/external_id", "The person was erased: let your system forget them, too."),
}
_NONE: list[Any] = []  # one for all: two lists a person are most of what making its state costs


@dataclass(slots=True)
class Batch:
    """Rows to write: `new` and `others` as tuples in the order of columns of their statements."""

    new: list[tuple[Any, ...]]
    states: list[PersonState]  # of the new
    others: list[tuple[Any, ...]]


class Sorter:
    """The lines of one load, read in their order."""

    def __init__(
        self, writer: Writer, report: Report, key_of: Callable[[str, str], str], *, named: bool
    ) -> None:
        """Lines of the system of `writer`; wrong ones go to the report. `named` as of a Reader."""
        self.sign_ins = SignIns(key_of)
        self.others = 0
        self._writer, self._report = writer, report
        self._reader = Reader(PersonLine, report, check, named=named)
        self._ids = OrderedIds()
        self._now, self._year = clock.now(), clock.today().year

    def sort(self, marked: Sequence[Marked], digests: Mapping[str, bytes | None]) -> Batch:
        """What is to be written; `digests` has the people that are there already."""
        new, others = [], []
        for number, text, digest, external_id in marked:
            if external_id is not None and digests.get(external_id) == digest:
                self._reader.take(number, external_id)  # says what is stored
                continue
            line = self._reader.read(number, text)
            if line is None or not self._born(number, line):
                continue
            if (refused := REFUSED.get(digests.get(line.external_id) or b"")) is not None:
                self._report.reject(number, *refused)
                continue
            if line.subjects is None and line.former_external_id is None and line.external_id not in digests:
                new.append((line, digest))
                continue
            self.sign_ins.note(number, line.external_id, line.subjects)
            others.append(
                (
                    number, line.external_id, line.family_name, line.given_name, line.phone, line.email,
                    line.sex, line.birth_year, line.cadre, digest, line.former_external_id,
                )
            )  # fmt: skip
        self.others += len(others)
        return self._batch(new, others)

    def names(self) -> list[str]:
        """Whom the lines that could be read name."""
        return self._reader.external_ids or []

    def _born(self, number: int, line: PersonLine) -> bool:
        if line.birth_year is None or line.birth_year <= self._year:
            return True
        self._report.reject(number, "birth-year-wrong", "/birth_year", "A year up to this one is expected.")
        return False

    def _batch(self, new: list[tuple[PersonLine, bytes]], others: list[tuple[Any, ...]]) -> Batch:
        ids = self._ids.take(len(new))
        rows = [
            (
                person_id, 1, self._writer.source, line.external_id, line.family_name, line.given_name, line.phone,
                line.email, line.sex, line.birth_year, line.cadre, self._now, self._writer.by, digest,
            )
            for person_id, (line, digest) in zip(ids, new, strict=True)
        ]  # fmt: skip
        states = [
            PersonState(
                person_id=person_id, version=1, active=True, sex=line.sex, birth_year=line.birth_year,
                cadre=line.cadre, subject_keys=_NONE, posts=_NONE,
            )
            for person_id, (line, _) in zip(ids, new, strict=True)
        ]  # fmt: skip
        return Batch(rows, states, others)
