"""Which vectors are sums of others, each times a number: exact linear algebra over names. Pure."""

from collections.abc import Hashable, Iterable, Mapping
from fractions import Fraction

Vector = Mapping[Hashable, Fraction]


class Span:
    """Everything that adds up from some sets of names, each of which stands for a 1 at each of its names."""

    def __init__(self, sets: Iterable[frozenset[Hashable]]) -> None:
        self._basis: dict[Hashable, Vector] = {}  # by a name that no later vector has
        for one in sets:
            self._add(one)

    def __contains__(self, names: frozenset[Hashable]) -> bool:
        """Whether a set of names adds up from these."""
        return not self._left(names)

    def _add(self, names: frozenset[Hashable]) -> None:
        left = self._left(names)
        if left:
            lead, factor = next(iter(left.items()))
            self._basis[lead] = {name: number / factor for name, number in left.items()}

    def _left(self, names: frozenset[Hashable]) -> dict[Hashable, Fraction]:
        found = dict.fromkeys(names, Fraction(1))
        for lead, vector in self._basis.items():  # in the order in which they came
            times = found.get(lead)
            if times:
                for name, number in vector.items():
                    found[name] = found.get(name, Fraction(0)) - times * number
        return {name: number for name, number in found.items() if number}
