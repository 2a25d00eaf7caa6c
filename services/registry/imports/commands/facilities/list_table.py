"""CSV text as the rows of a spreadsheet."""

import csv
import io
from collections.abc import Iterator

LONGEST_LINE = 200_000  # characters


class ListTable:
    """The records of a text, one a row as a spreadsheet shows it; None for a line whose quotes are broken.

    A cell with line breaks is part of one row. After a broken line reading goes on with the next line of
    the text, so that a quote that is never closed hides nothing. Up to where the broken record ended, what
    follows may be the rest of a cell: a row is broken too where a quote is left in one of its cells.
    """

    def __init__(self, text: str, start: int, delimiter: str) -> None:
        """The rows of `text` from the character `start` on."""
        self._source = io.StringIO(text, newline="")
        self._source.seek(start)
        self._delimiter = delimiter
        self._doubtful = 0  # where the last broken record ended
        self.broken = 0  # lines that were read twice

    def __iter__(self) -> Iterator[list[str] | None]:
        reader = csv.reader(self._lines(), delimiter=self._delimiter, strict=True, skipinitialspace=True)
        while True:
            began = self._source.tell()
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error:
                self.broken += 1
                self._doubtful = max(self._doubtful, self._source.tell())
                self._source.seek(began)
                self._source.readline()
                reader = csv.reader(
                    self._lines(), delimiter=self._delimiter, strict=True, skipinitialspace=True
                )
                yield None
            else:
                yield None if began < self._doubtful and any('"' in cell for cell in cells) else cells

    def _lines(self) -> Iterator[str]:
        while line := self._source.readline(LONGEST_LINE + 1):
            if len(line) > LONGEST_LINE:
                raise csv.Error("line too long")
            yield line
