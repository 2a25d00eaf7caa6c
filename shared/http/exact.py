"""Types for what callers send: only what the schema says, nothing that could be read as it.

Left to itself pydantic takes "yes" for true, "5" for 5, and 0 for the first of January 1970.
"""

import re
from datetime import date, datetime
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, StrictBool, StrictInt

Flag = StrictBool
Whole = StrictInt
Amount = Annotated[float, Field(strict=True)]  # whole numbers too

_WRITTEN = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)


def _day(value: Any) -> Any:
    """A day as RFC 3339 writes it, or one that is a date already."""
    known = value is None or (isinstance(value, date) and not isinstance(value, datetime))
    if known or (isinstance(value, str) and _WRITTEN.fullmatch(value)):
        return value
    raise ValueError("a day is written YYYY-MM-DD")


Written = BeforeValidator(_day)
Day = Annotated[date, Written]
