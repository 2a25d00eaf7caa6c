"""Releases around a reader's people, as a service reads them. Pure."""

from collections.abc import Hashable, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import NamedTuple

from shared.disclosure.measures import Key, Measure

Way = tuple[Key, ...]  # the cells that a share counts in, from the root down to its own; () where it does not


class Figure(NamedTuple):
    """A figure by its name in documents, the place of the amounts that decide about it, and their scale.

    To a number of people everybody adds the same for good, whatever the person's share is.
    """

    name: str
    place: int
    measure: Measure
    of_people: bool = False


class Share(NamedTuple):
    """What one person adds, whether the reader may read it, and where it counted in each release.

    It is looked at `since` some release: for which the decision asked for it, or in which it first counted.
    """

    person: Hashable
    known: bool
    ways: tuple[Way, ...]
    amounts: Sequence[int | None]
    since: int = 0


class Cell(NamedTuple):
    """What a release shows of a cell: people by figure, and the next cell above of which it shows something."""

    above: Key | None
    people: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Nearby:
    """Releases in the order in which they were made, around the listed people.

    Listed are all known shares, or (`known` is False) all that are outside. `cells` has for each release the cells
    on the ways of all shares, and all parts of those `explored`. The shares have everybody who was at home in a
    cell of `visited` by some figure, to be looked at since that release; since one that `crowded` names there are
    too many.
    """

    shares: Sequence[Share]
    cells: Sequence[Mapping[Key, Cell]]
    known: bool = True
    explored: Set[Key] = frozenset()
    visited: Mapping[Key, int] = field(default_factory=dict)
    crowded: Mapping[Key, int] = field(default_factory=dict)
    alike: Sequence[int] = field(init=False)  # shares that count in the same cells since the same release

    def __post_init__(self) -> None:
        """All figures ask for the same."""
        object.__setattr__(self, "alike", numbers(self.shares))


@dataclass(slots=True)
class Group:
    """Shares with the same ways: how many are known, and of the others how far their sum is from both ends."""

    ways: tuple[Way, ...]
    since: int
    known: int = 0
    people: int = 0
    above: int = 0
    below: int = 0


def numbers(shares: Iterable[Share]) -> list[int]:
    """The same number for shares that count in the same cells, and are looked at since the same release."""
    found: dict[tuple[tuple[Way, ...], int], int] = {}
    return [found.setdefault((one.ways, one.since), len(found)) for one in shares]


def groups(near: Nearby, figure: Figure) -> Iterable[Group]:
    """Those who count in a figure, by where they did."""
    found: dict[int, Group] = {}
    lowest, highest = figure.measure.lowest, figure.measure.highest
    for number, one in (
        _people(near, figure) if figure.of_people else zip(near.alike, near.shares, strict=True)
    ):
        value = one.amounts[figure.place]
        if value is None:
            continue
        group = found.get(number)
        if group is None:
            group = found[number] = Group(one.ways, one.since)
        if one.known:
            group.known += 1
        else:
            group.people += 1
            group.above += value - lowest
            group.below += highest - value
    return found.values()


def _people(near: Nearby, figure: Figure) -> Iterable[tuple[int, Share]]:
    """One share for each person, who counts wherever one of the shares does."""
    found: dict[Hashable, Share] = {}
    for one in near.shares:
        if one.amounts[figure.place] is None:
            continue
        old = found.get(one.person, one)
        ways = tuple([a or b for a, b in zip(old.ways, one.ways, strict=True)])
        found[one.person] = one._replace(ways=ways)
    return zip(numbers(found.values()), found.values(), strict=True)


def parts(cells: Mapping[Key, Cell]) -> dict[Key, list[Key]]:
    """The next cells below each."""
    found: dict[Key, list[Key]] = {}
    for key, cell in cells.items():
        if cell.above is not None:
            found.setdefault(cell.above, []).append(key)
    return found
