"""What was found out about linear programmes already. Pure.

Between two rounds of a judgement most of the country stays as it was, and so do most programmes. The columns
that a programme gives away follow from the programme alone: a solver starts from nothing each time, and is
bounded in steps, not in seconds. So a verdict is kept under the whole of its question, and whoever asks the same
again has the same answer as without it.
"""

from collections.abc import Callable, Sequence
from hashlib import blake2b


class Verdicts:
    """Verdicts by question; a digest of it is kept, since a programme has hundreds of numbers."""

    def __init__(self) -> None:
        self._known: dict[bytes, frozenset[int]] = {}

    def of(self, question: Sequence[object], ask: Callable[[], frozenset[int]]) -> frozenset[int]:
        """The verdict on a question that is written out in numbers and names; asked for once."""
        key = blake2b(repr(question).encode(), digest_size=16).digest()
        if key not in self._known:
            self._known[key] = ask()
        return self._known[key]
