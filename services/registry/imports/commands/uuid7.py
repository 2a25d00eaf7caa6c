"""Ids that PostgreSQL's uuidv7() could have made, where the row's id is needed before the row is sent."""

import os
import time

PER_MILLISECOND = 4096  # RFC 9562, 6.2, method 1: the 12 bits after the version count


class OrderedIds:
    """Version 7 UUIDs as text, each above the one before: rows that are added together lie together."""

    def __init__(self) -> None:
        self._last = 0

    def take(self, count: int) -> list[str]:
        """So many new ids."""
        first = max(time.time_ns() // 1_000_000, self._last + 1)
        random = os.urandom(8 * count).hex()
        ids = []
        for start in range(0, count, PER_MILLISECOND):
            stamp = f"{first + start // PER_MILLISECOND:012x}"
            head = f"{stamp[:8]}-{stamp[8:]}-7"
            for number in range(min(PER_MILLISECOND, count - start)):
                at = 16 * (start + number)
                ids.append(f"{head}{number:03x}-8{random[at : at + 3]}-{random[at + 3 : at + 15]}")
        self._last = first + max(count - 1, 0) // PER_MILLISECOND
        return ids
