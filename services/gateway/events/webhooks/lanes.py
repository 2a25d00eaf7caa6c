"""Events that wait to be delivered, in order for each person: the next waits for the one before. Pure."""

from collections import defaultdict, deque
from collections.abc import Iterator, Sequence


class Lanes:
    """Waiting events by sequence. Several may be under way, but of one key the oldest alone."""

    def __init__(self) -> None:
        self._keys: dict[int, tuple[str, ...]] = {}
        self._lanes: defaultdict[str, deque[int]] = defaultdict(deque)

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, seq: int) -> bool:
        return seq in self._keys

    def add(self, seq: int, keys: Sequence[str]) -> None:
        """An event, newer than all that wait."""
        self._keys[seq] = tuple(dict.fromkeys(keys))
        for key in self._keys[seq]:
            self._lanes[key].append(seq)

    def first(self) -> Iterator[int]:
        """The events that wait for none before them, oldest first."""
        for seq, keys in self._keys.items():
            if all(self._lanes[key][0] == seq for key in keys):
                yield seq

    def remove(self, seq: int) -> None:
        """An event that is delivered or given up; one of `first`."""
        for key in self._keys.pop(seq):
            self._lanes[key].popleft()
            if not self._lanes[key]:
                del self._lanes[key]
