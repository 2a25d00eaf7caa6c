"""Which groups of raters may be seen: fewer than three merge, what stays below three is dropped.

DOMAIN section 2, "Formula": the manager may be alone; any other category with n < 3 merges with the
smallest other non-manager category, pooled over raters, weights summed, until n >= 3. A merged
group replaces its parts everywhere, so nothing below `Group` keeps the parts' values apart.

n are *independent* raters: those whom nobody who reads the figures has named, placed or typed in. The
others' answers enter the mean of the group that they are in, but of three raters with two of them
the third could be worked out.

Confirmed answers that somebody typed in are independent, and yet known to who typed them; and the mean of
another assessment at the same time can be taken away from this one's. Of the independent raters of a group
each such party knows all, or does not know three or more: see `unknown`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

SMALLEST_GROUP = 3
MANAGER = "manager"
SELF = "self"
# In this order ties between equally small categories are resolved.
CATEGORIES = (MANAGER, "peer", "report", "partner")
Parties = frozenset[str]  # who knows an answer: typists, and other assessments that have it
DEFAULT_WEIGHTS: Mapping[str, int] = {MANAGER: 40, "peer": 30, "report": 30, "partner": 0}  # hundredths


@dataclass(frozen=True, slots=True)
class Group:
    """Raters whose figures are shown together, for one competency.

    `values` are the raters' means in the unit of the caller, in no order that tells who gave them.
    `independent` is how many of them count towards a minimum, all of them where it is None.
    """

    categories: tuple[str, ...]
    weight: int
    values: list[int]
    independent: int | None = None

    @property
    def n(self) -> int:
        """Number of raters behind the mean."""
        return len(self.values)

    @property
    def counted(self) -> int:
        """Number of raters that count towards a minimum."""
        return self.n if self.independent is None else self.independent


def unknown(known_to: Sequence[Parties], elsewhere: Sequence[str] = ()) -> int:
    """How many of some raters protect each other: all, or those whom a party does not know that knows others.

    `known_to` names for each rater the parties that know the answer, `elsewhere` once for each the parties
    that have another answer in what they take away: it is left in the difference too. A party that knows all
    of them and nobody else learns nothing; one that knows none has as many before it as everybody else.
    """
    parties = frozenset(elsewhere).union(*known_to)
    left = (sum(party not in each for each in known_to) + elsewhere.count(party) for party in parties)
    return min(min((count for count in left if count), default=len(known_to)), len(known_to))


def groups(
    values: Mapping[str, Sequence[int]],
    weights: Mapping[str, int] = DEFAULT_WEIGHTS,
    independent: Mapping[str, int] | None = None,
    known_to: Mapping[str, Sequence[Parties]] | None = None,
    elsewhere: Mapping[str, Sequence[str]] | None = None,
) -> list[Group]:
    """The groups that remain for one competency, the manager's first.

    `values` holds the raters' means per category, `independent` how many of them count towards the
    minimum (all of them without it), `known_to` and `elsewhere` which parties know those that count,
    and have others, as `unknown` takes them (without them nobody does). Categories without weight or
    without a rater take no part: there is nobody to merge, and their weight falls to the rest by
    renormalisation.
    """
    counted = {name: len(found) for name, found in values.items()} if independent is None else independent
    pools = tuple(
        [
            (counted.get(name, 0), name)
            for name in CATEGORIES
            if name != MANAGER and weights.get(name, 0) > 0 and values.get(name)
        ]
    )

    def unknown_of(names: tuple[str, ...]) -> int:
        known = [each for name in names for each in (known_to or {}).get(name, ())]
        return unknown(known, [each for name in names for each in (elsewhere or {}).get(name, ())])

    found = []
    if values.get(MANAGER) and weights.get(MANAGER, 0) > 0:
        found.append(Group((MANAGER,), weights[MANAGER], sorted(values[MANAGER])))
    for names in _merged(pools) if known_to is None else _merge([name for _, name in pools], unknown_of):
        count = sum(counted.get(name, 0) for name in names) if known_to is None else unknown_of(names)
        if count >= SMALLEST_GROUP:
            pooled = sorted(value for name in names for value in values[name])
            found.append(Group(names, sum(weights[name] for name in names), pooled, count))
    return found


def shown(competencies: Sequence[Sequence[Group]]) -> list[list[Group]]:
    """The groups of every competency as they may be shown side by side.

    Numbers of raters differ between competencies, so two categories may merge in one and stand apart
    in another; the one would then give away the counts of the parts in the other. What merges
    anywhere is therefore shown merged everywhere. Levels are not touched by that.
    """
    joined = _joined(frozenset([group.categories for left in competencies for group in left]))
    return [[*_pooled(left, joined)] for left in competencies]


def _pooled(left: Sequence[Group], joined: Sequence[tuple[str, ...]]) -> Iterator[Group]:
    for names in joined:
        parts = [group for group in left if group.categories[0] in names]
        if len(parts) == 1 and parts[0].categories == names:
            yield parts[0]
        elif parts:
            values = sorted(value for part in parts for value in part.values)
            yield Group(
                names, sum(part.weight for part in parts), values, sum(part.counted for part in parts)
            )


@lru_cache(maxsize=4096)
def _joined(partition: frozenset[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Groups that share a category become one, in order of categories."""
    found: list[set[str]] = []
    for names in partition:
        overlapping = [others for others in found if others & set(names)]
        found = [others for others in found if others not in overlapping]
        found.append(set(names).union(*overlapping))
    return sorted(
        (tuple(sorted(names, key=CATEGORIES.index)) for names in found),
        key=lambda names: CATEGORIES.index(names[0]),
    )


@lru_cache(maxsize=4096)
def _merged(pools: tuple[tuple[int, str], ...]) -> tuple[tuple[str, ...], ...]:
    """Names of the categories that stay together, from (n, name) of each."""
    heads = {name: n for n, name in pools}
    return _merge([*heads], lambda names: sum(heads[name] for name in names))


def _merge(categories: Sequence[str], count: Callable[[tuple[str, ...]], int]) -> tuple[tuple[str, ...], ...]:
    """Names of the categories that stay together; `count` says how many raters of some categories count.

    To merge the two smallest while the smallest is too small is the rule itself: the smallest other
    category of any small one is either the smallest of all, or the second when it is that one. One that
    would make a group too small which is not (its typists know the others) is left out instead.
    """
    left: list[tuple[int, int, tuple[str, ...]]] = []
    left += sorted((count((name,)), CATEGORIES.index(name), (name,)) for name in categories)
    while len(left) > 1 and left[0][0] < SMALLEST_GROUP:
        first, second, *rest = left
        names = tuple(sorted(first[2] + second[2], key=CATEGORIES.index))
        if count(names) < SMALLEST_GROUP <= second[0]:
            left = [second, *rest]
        else:
            left = sorted([(count(names), CATEGORIES.index(names[0]), names), *rest])
    return tuple(names for _, _, names in sorted(left, key=lambda pool: pool[1]))
