"""A reader who remembers every published total of a tree, and subtracts what can be subtracted."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from itertools import combinations
from typing import Any

from shared.suppression import small

Shares = frozenset[tuple[Hashable, Any]]  # who, with which figures


class Reader:
    """What was seen of each unit, and whose shares it was: the reader does not know, the test does."""

    def __init__(self, parents: Mapping[str, str | None]) -> None:
        self.parents = parents
        self.seen: dict[str, list[Shares]] = {code: [] for code in parents}

    def look(self, fresh: Mapping[str, Shares]) -> None:
        """Take in what an edition shows anew; fails where a difference stands for one to four people."""
        for code, shares in fresh.items():
            self.seen[code].append(shares)
        for code, seen in self.seen.items():
            if not seen:
                continue
            assert not small(len(seen[-1])), code
            if len(seen) > 1:
                assert not small(behind(self.move(code))), code
            parts = [part for part, above in self.parents.items() if above == code and self.seen[part]]
            for some in _subsets(parts):
                rest = Counter(seen[-1])
                for part in some:
                    rest.subtract(Counter(self.seen[part][-1]))
                assert not small(behind(rest)), (code, some)
            if code in fresh:
                for some in _subsets([part for part in parts if part in fresh]):
                    left = self.move(code)
                    for part in some:
                        left.subtract(self.move(part))
                    assert not small(behind(left)), (code, some)

    def move(self, code: str) -> Counter[tuple[Hashable, Any]]:
        """By how much a unit's total moved last."""
        found = Counter(self.seen[code][-1])
        found.subtract(self.seen[code][-2] if len(self.seen[code]) > 1 else ())
        return found


def behind(rest: Counter[tuple[Hashable, Any]]) -> int:
    """How many people stand behind a difference."""
    return len({person for (person, _), times in rest.items() if times})


def _subsets(parts: list[str]) -> Iterable[tuple[str, ...]]:
    return (some for size in range(1, len(parts) + 1) for some in combinations(parts, size))
