"""Which totals of a tree may be published: nothing about one to four people can be told from them.

DOMAIN section 3: "Suppress cells under 5"; DESIGN, Access: complementary cells too. The totals of
a tree of units lie inside each other, so whatever can be computed from the published ones is a
sum of *remainders*: a published total less the next published totals below it. It is therefore
enough that no remainder stands for one to four people.
"""

from collections.abc import Mapping

SMALLEST_CELL = 5


def small(people: int) -> bool:
    """Whether so few people stand behind a figure that it would tell on them. None tell on nobody."""
    return 0 < people < SMALLEST_CELL


def parted(some: int, rest: int) -> bool:
    """Whether five people and more have something and as many do not: else a count says it of each, or of few."""
    return min(some, rest) >= SMALLEST_CELL


def hidden(people: int, cells: Mapping[str, int], *, total_hidden: bool = False) -> frozenset[str]:
    """The cells to hide among the parts of one total of `people`.

    Small ones first; then, while the total less the shown cells would leave one to four people,
    the smallest shown cell too. A total that is hidden itself must not be the sum of its parts:
    then at least five of its people stay hidden here as well. People who belong to no cell count
    as part of what is left.
    """
    found = {code for code, count in cells.items() if small(count)}
    shown = sorted((count, code) for code, count in cells.items() if count >= SMALLEST_CELL)
    rest = people - sum(count for count, _ in shown)
    for count, code in shown:
        if rest >= SMALLEST_CELL or (rest == 0 and not total_hidden):
            break
        found.add(code)
        rest += count
    return frozenset(found)


def hidden_in_tree(people: Mapping[str, int], parents: Mapping[str, str | None]) -> frozenset[str]:
    """The units of a tree whose totals stay hidden, from the roots downwards.

    `people` counts each unit with all units below it; `parents` names the parent of each unit in
    `people`. A unit whose parent has no total of its own is a root.
    """
    below: dict[str | None, dict[str, int]] = {}
    for unit, count in people.items():
        parent = parents[unit]
        below.setdefault(parent if parent in people else None, {})[unit] = count
    found = {unit for unit, count in below.get(None, {}).items() if small(count)}
    waiting = list(below.get(None, {}))
    while waiting:
        unit = waiting.pop()
        cells = below.get(unit, {})
        found |= hidden(people[unit], cells, total_hidden=unit in found)
        waiting.extend(cells)
    return frozenset(found)
