"""Where a unit stood in the tree in a period: closed periods keep the tree of their last day."""

from collections.abc import Iterable, Mapping, Sequence

Path = tuple[str, ...]  # codes from the root to the unit itself


class Paths:
    """Paths of some units, now and earlier."""

    def __init__(
        self, current: Mapping[str, Sequence[str]], earlier: Iterable[tuple[str, str, Sequence[str]]]
    ) -> None:
        """`earlier` holds (unit, last period, path); a path held since the one before it."""
        self._current = {unit: tuple(path) for unit, path in current.items()}
        self._earlier: dict[str, list[tuple[str, Path]]] = {}
        for unit, through, path in sorted(earlier, key=lambda row: (row[0], row[1])):
            self._earlier.setdefault(unit, []).append((through, tuple(path)))

    def frozen(self, unit: str, period: str) -> Path | None:
        """The path that a closed period keeps, None where today's tree applies."""
        earlier = self._earlier.get(unit, [])
        return next((path for through, path in earlier if period <= through), None)

    def at(self, unit: str, period: str) -> Path:
        """The path of a unit in a period; a unit that is not known yet is its own root.

        A unit without an earlier path of its own follows the nearest unit above it that has one.
        """
        path = self._current.get(unit, (unit,))
        for depth in range(len(path), 0, -1):
            earlier = self.frozen(path[depth - 1], period)
            if earlier is not None:
                return earlier + path[depth:]
        return path

    def latest_frozen(self) -> dict[str, str]:
        """The last period of each unit that keeps a path of its own."""
        return {unit: earlier[-1][0] for unit, earlier in self._earlier.items()}


def parent(path: Path) -> str:
    """The unit above a path's last one, "" above a root."""
    return path[-2] if len(path) > 1 else ""
