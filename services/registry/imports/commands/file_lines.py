"""Lines of a file of any list, by the reader of the imports: for a command that passes lines on and loads none.

An entry point of registry: `steward split` runs it, as `steward rebuild` runs a service's `rebuild`.
"""

from collections.abc import AsyncIterator, Callable, Mapping

from services.registry.imports.commands.csv_lines import CsvForm, csv_batches
from services.registry.imports.commands.report import Report
from services.registry.imports.facility_columns import HEADERS
from services.registry.imports.line_headers import FIELDS, Fields
from shared.http.ndjson import split

# A facility list is loaded by these headers. What a source system calls a facility is in no usual one.
_FACILITIES = Fields({field: headers for field, headers in HEADERS.items() if headers}, ("name",))
_FIELDS = FIELDS | {"facilities": _FACILITIES}

Lines = AsyncIterator[tuple[int, list[bytes]]]


class _Passed(Report):
    """A report that passes refused lines on, however many they are."""

    refuse: Callable[[int, str], None] | None = None

    def reject(self, line: int, code: str, pointer: str, detail: str) -> None:  # noqa: ARG002  # as a report's
        """Say which line is refused and by which code, and keep nothing of it."""
        if self.refuse is not None:
            self.refuse(line, code)


def lines_of_ndjson(pieces: AsyncIterator[bytes]) -> Lines:
    """A file's lines, empty ones too, in lists with the first one's number. Raises TooLarge `line-too-long`."""
    return split(pieces)


def lines_of_csv(
    pieces: AsyncIterator[bytes],
    kind: str,
    columns: Mapping[str, str | None],
    dates: str | None,
    encoding: str | None,
    refuse: Callable[[int, str], None],
) -> Lines:
    """The same of CSV, each row as the line of JSON that means the same. Raises as `csv_batches`.

    `refuse` is told number and code of a row that cannot be read.
    """
    form = CsvForm(dict(columns), dates, None, encoding)  # type: ignore[arg-type]  # refused where it is none
    return csv_batches(pieces, form, _FIELDS[kind], _Passed(refuse=refuse))
