"""What a field may hold, defined once for every door that takes it.

A definition is the same whether the value comes as JSON, as a line of NDJSON or as the cell of a list.
HTTP bodies and parameters use it by `shared.http.strict_types`, lines and cells by its `read`:

    >>> NAME.read(" Kamara ")
    'Kamara'

Whatever is refused is a `Wrong` with a stable code; neither code nor detail repeats the value.
"""

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
PLANNED_LAST = date(2999, 12, 31)  # far, and with room behind it for what follows a plan
OPEN_END = date(9999, 12, 31)  # how many HR systems write the end of what has none

_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800")  # letters and signs by category, drawn as nothing
# Byte order mark, the orders that turn the direction of what follows, and interlinear marks. Joiners stay:
# names in Arabic, Indic and Khmer script need them.
_MISLEADING = frozenset("\ufeff\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufff9\ufffa\ufffb")
_CONTROLS = frozenset({"Cc", "Cs", "Zl", "Zp"})
_LAYOUT = frozenset("\n\r\t")
_NUMBER = re.compile(r"[+-]?[0-9]{1,15}(?:[.,][0-9]{1,20})?")


class Wrong(ValueError):
    """A value that its field does not take."""

    def __init__(self, code: str, detail: str, pointer: str = "") -> None:
        """`pointer` (RFC 6901) names the field where the reader knows it."""
        super().__init__(detail)
        self.code, self.detail, self.pointer = code, detail, pointer


@dataclass(frozen=True, slots=True)
class Text:
    """A text: how long it may be, and what it is made of.

    Space around it is not stored. It has at least one visible character and no control characters;
    line breaks and tabs only where `lines` says so. A text with a `pattern` matches it as a whole and
    has no invisible characters at all.
    """

    longest: int
    pattern: str | None = None  # in the grammar that Python, Rust and ECMA 262 share; without anchors
    meant: str = "Another form is expected."
    lines: bool = False
    _usual: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Prepare for what most texts are, in loads of many: visible ASCII of the right form."""
        usual = rf"(?=[ -~]{{1,{self.longest}}}\Z)(?! )(?:{self.pattern or '.*'})(?<! )"
        object.__setattr__(self, "_usual", re.compile(usual))

    def read(self, text: str) -> str:
        """The text as it is stored. Raises Wrong `control-character`, `too-long`, `blank` or `malformed`."""
        if self._usual.fullmatch(text):
            return text
        if not text.isprintable():
            self._check_signs(text)
        text = text.strip()
        if len(text) > self.longest:
            raise Wrong("too-long", f"At most {self.longest} characters are expected.")
        if not (text and text[0].isascii() and text[0].isprintable()) and not _visible(text):
            raise Wrong("blank", "At least one visible character is expected.")
        if self.pattern is not None and not (text.isprintable() and re.fullmatch(self.pattern, text)):
            raise Wrong("malformed", self.meant)
        return text

    def _check_signs(self, text: str) -> None:
        for sign in text:
            taken = self.lines and sign in _LAYOUT
            if not taken and (sign in _MISLEADING or unicodedata.category(sign) in _CONTROLS):
                raise Wrong("control-character", "Control characters and line breaks are not taken.")


def _visible(text: str) -> bool:
    return any(unicodedata.category(sign)[0] in "LNPS" and sign not in _FILLERS for sign in text)


NAME = Text(200)  # of a person, a place, a kind
PROSE = Text(4000, lines=True)
CODE = Text(
    64, "[A-Za-z0-9][A-Za-z0-9._-]{0,63}", "Use 1 to 64 letters, digits, dots, hyphens or underscores."
)
EXTERNAL_ID = Text(128)  # of another system: anything that can be seen on one line


def check_day(day: date, last: date = LAST_DAY) -> date:
    """The day itself. Raises Wrong `day-out-of-range` before 1900 or after `last`."""
    if not FIRST_DAY <= day <= last:
        raise Wrong("day-out-of-range", f"A day from {FIRST_DAY.year} to {last.year} is expected.")
    return day


def last_day(day: date | None) -> date | None:
    """The last day of something, None while it is open: 9999-12-31 means open. Raises as `check_day`."""
    return None if day is None or day == OPEN_END else check_day(day)


def number(text: str) -> float:
    """A decimal number written with digits 0 to 9 and at most one point or comma. Raises Wrong `malformed`.

    Python alone would read `8_5` as 85 and `٨` as 8.
    """
    if not _NUMBER.fullmatch(text):
        raise Wrong("malformed", "A number such as -11.3329 is expected.")
    return float(text.replace(",", "."))
