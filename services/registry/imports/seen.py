"""Which external ids a list has had already, in 16 bytes each: a set of a million texts takes a hundred."""

from array import array

_FIRST = 1 << 12
_EMPTY = 0


class Seen:
    """Texts that were added, known by 64 bits of their hash.

    Two of a million texts have the same 64 bits in one of 37 million lists; the hash differs from process to
    process, so that nobody can write such a list.
    """

    def __init__(self) -> None:
        self._slots = array("Q", (_EMPTY,)) * _FIRST
        self._mask = _FIRST - 1
        self._count = 0

    def __len__(self) -> int:
        """How many there are."""
        return self._count

    def __contains__(self, text: str) -> bool:
        """Whether it was added."""
        return self._slots[self._place(_mark(text))] != _EMPTY

    def add(self, text: str) -> bool:
        """Add a text. Whether it was not there before."""
        mark = _mark(text)
        place = self._place(mark)
        if self._slots[place] != _EMPTY:
            return False
        self._slots[place] = mark
        self._count += 1
        if 2 * self._count > self._mask:
            self._grow()
        return True

    def _place(self, mark: int) -> int:
        """The slot of a mark: where it is, else where it would be put."""
        slots, mask = self._slots, self._mask
        place = mark & mask
        while (found := slots[place]) != _EMPTY and found != mark:
            place = (place + 1) & mask
        return place

    def _grow(self) -> None:
        before = self._slots
        self._mask = 2 * (self._mask + 1) - 1
        self._slots = array("Q", (_EMPTY,)) * (self._mask + 1)
        for mark in before:
            if mark != _EMPTY:
                self._slots[self._place(mark)] = mark


def _mark(text: str) -> int:
    """64 bits that are not all zero: a slot without a text has zeros."""
    return hash(text) & 0xFFFF_FFFF_FFFF_FFFF or 1
