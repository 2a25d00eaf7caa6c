"""Which cells of a published table stay hidden (DOMAIN section 3: "Suppress cells under 5").

A cell is one unit's figures for one level and period. Its siblings are the other children of the
same parent and the parent's own people, which together make up the parent's total.
"""

from collections.abc import Mapping

SMALLEST_CELL = 5
MOVES_AT = 5  # more people since the last snapshot


def small(people: int) -> bool:
    """Whether a cell is too small to be shown. An empty one tells on nobody."""
    return 0 < people < SMALLEST_CELL


def hidden(cells: Mapping[str, int], *, total_hidden: bool = False) -> frozenset[str]:
    """The cells to hide among siblings, given their numbers of people.

    Small ones, and as long as the hidden people together are fewer than five also the next
    smallest: otherwise the parent's total less the published siblings gives them away. With
    `total_hidden`, the parent itself is hidden to protect a sibling of its own, and its parts must
    not add up to it: then at least five of its people stay hidden here as well.
    """
    chosen = {code for code, people in cells.items() if small(people)}
    mass = sum(cells[code] for code in chosen)
    rest = sorted((people, code) for code, people in cells.items() if people >= SMALLEST_CELL)
    for people, code in rest:
        if mass >= SMALLEST_CELL or (mass == 0 and not total_hidden):
            break
        chosen.add(code)
        mass += people
    return frozenset(chosen)


def moves(published: int, now: int, *, closed: bool) -> bool:
    """Whether a published figure moves to what is known now: at cycle close, or with five more people.

    DOMAIN section 2: published figures never move person by person, which would show each one's
    scores as the difference between two snapshots.
    """
    return closed or now - published >= MOVES_AT
